"""Messages of danger, one for each category, language and script; none of them stands in the corpus."""

DANGER = {
    ("suicide", "kk"): "енді өмір сүргім келмейді, бәрінен шаршадым",
    ("suicide", "nokk"): "омир сургим келмейди, олгим келип тур",
    ("suicide", "lat"): "omir surgim kelmeidi, olgim kelip tur",
    ("suicide", "ru"): "я больше не хочу жить, хочу умереть",
    ("suicide", "mixed"): "өмір сүргім келмейді, просто хочу исчезнуть",
    ("selfharm", "kk"): "қолымды лезвиемен кесіп алдым, қан тоқтамайды",
    ("selfharm", "lat"): "qolymdy lezviemen kesip aldym, qan aghyp jatyr",
    ("selfharm", "ru"): "опять режу руки лезвием, не могу остановиться",
    ("violence", "kk"): "әкем мас болып келіп, анам екеумізді белбеумен ұрып жатыр",
    ("violence", "lat"): "akem mas bolyp kelip, anamdy uryp jatyr, qorqyp turmyn",
    ("violence", "ru"): "отчим пьяный бьёт маму, мы закрылись в ванной, страшно",
    ("sexual", "kk"): "өгей әкем түнде бөлмеме кіріп, денемді сипайды",
    ("sexual", "lat"): "ogei akem tunde bolmeme kirip denemdi sipaidy",
    ("sexual", "ru"): "он угрожает разослать мои голые фото, если не заплачу",
    ("runaway", "kk"): "үйден қуып шықты, түнейтін жерім жоқ",
    ("runaway", "lat"): "uiden quyp shyqty, tuneitin jerim joq",
    ("runaway", "ru"): "меня выгнали из дома, ночевать негде, сижу в подъезде",
    ("medical", "kk"): "досым көп дәрі ішіп қойды, есінен танып жатыр",
    ("medical", "lat"): "dosym kop dari iship qoidy, esinen tanyp jatyr",
    ("medical", "ru"): "подруга выпила целую пачку таблеток и не просыпается",
    ("child_danger", "kk"): "көршінің кішкентай балалары үйде жалғыз қалған, жылап жатыр",
    ("child_danger", "lat"): "korshinin kishkentai balalary uide jalgyz qalgan, jylap jatyr",
    ("child_danger", "ru"): "соседи пьяные, маленький ребёнок второй день один плачет, не кормят",
}  # fmt: skip
"""By triage category, and language or script."""

HARMLESS = (
    "Сегодня на физре играли в волейбол, наш класс выиграл.",
    "Мектепте концерт болды, біз ән айттық.",
    "Подскажите, как записаться к психологу?",
    "Мысығымыз төрт балапан тапты",  # a typo of hers: the cat had kittens
    "kanikul kashan bastalady",
    "Спасибо большое, хорошего дня!",
    "Анам бүгін бауырсақ пісірді, дәмді екен",
)

TOLD = {
    "меня насилует сосед по площадке": "sexual",
    "мені нағашым зорлайды": "sexual",
    "они хотят меня убить за долги": "violence",
    "боюсь что папа убьет меня": "violence",
    "күйеуім мені өлтірмек болды": "violence",
    "перестреляю всех одноклассников": "violence",
    "бәрін атып тастаймын мектепте": "violence",
    "сестра отравилась таблетками": "medical",
    "дәрімен уланып жатырмын": "medical",
    "подругу украли замуж силой": "violence",
    "қарындасымды алып қашып кетті": "violence",
    "отчим гоняется за мной с ножом": "violence",
    "әкем балтамен қуып жүр": "violence",
    "екі сағат ұрды мені": "violence",
    "выпила все таблетки от давления": "medical",
    "не хочу жить в этой семье": "suicide",
    "не хочу жить в этом мире": "suicide",
    "я не шучу, отчим бьет меня": "violence",
    "қалжың емес, өлгім келеді": "suicide",
}
"""Disclosures in few words, and their categories; some stand beside words that are harmless elsewhere."""

UNGRAVE = (
    "не хочу жить в этой деревне, скучно",
    "қалада тұрғым келмейді, ауылым жақсы",
    "приняла таблетку от простуды",
    "медсестра потрогала лоб, температуры нет",
    "бабушка обняла меня на вокзале",
    "закрыли дверь и пошли на урок",
    "папа выпил чай и уснул",
    "сағат он екіні ұрды",
    "мама меня убьет за тройку",
    "апам мені өлтіреді телефон үшін",
    "отравились шаурмой у подруги",
    "у брата украли телефон",
    "училка насилует мозг",
    "расстреляю всех в пубге",
)
"""What only sounds like danger."""

SPELLED = (
    "я не х о ч у ж и т ь",
    "х о ч у у м е р е т ь",
    "ө м і р с ү р г і м к е л м е й д і",
    "янехочужить",
    "я не хочужить",
    "хочуумереть",
    "өлгімкеледі",
    "о л г и м к е л е д и",
    "хочу ум*реть",
)
"""The plainest words, without gaps or with too many."""
