// A chat: messages as Telegram shows them, and what can be done with one.
// @ts-check

import { html } from "./htm-preact.js";
import { clock, say } from "./words.js";

/** @typedef {import("./types").Message} Message */
/** @typedef {import("./types").Phone} Phone */
/** @typedef {import("./store.js").Store} Store */

const EMOJI = ["👍", "❤", "🙏", "😢", "🔥"];
const PARTS = /(https?:\/\/t\.me\/\S+\?start=[\w-]+)/;

/** Text with what Telegram marks in it. Offsets are UTF-16, as JavaScript's own.
 * @param {Store} store @param {Phone} phone @param {Message} message */
function rich(store, phone, message) {
  const { text, entities } = message;
  const made = [];
  let at = 0;
  for (const entity of entities) {
    if (entity.offset < at) continue;
    made.push(text.slice(at, entity.offset));
    const part = text.slice(entity.offset, entity.offset + entity.length);
    made.push(marked(store, phone, entity.type, part));
    at = entity.offset + entity.length;
  }
  return [...made, text.slice(at)];
}

/** @param {Store} store @param {Phone} phone @param {string} type @param {string} part */
function marked(store, phone, type, part) {
  if (type === "bot_command")
    return html`<button class="link" onClick=${() => store.act(phone, { do: "write", text: part, topic: phone.topic })}>${part}</button>`;
  const start = PARTS.exec(part);
  if (type === "url" && start) {
    const payload = part.split("start=")[1];
    return html`<button class="link" onClick=${() => store.act(phone, { do: "start", payload })}>${part}</button>`;
  }
  if (type === "spoiler") return html`<span class="spoiler" tabindex="0">${part}</span>`;
  if (type === "blockquote") return html`<q>${part}</q>`;
  const plain = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "code" }[type];
  return plain ? html`<${plain}>${part}<//>` : html`<span class="marked">${part}</span>`;
}

/** The line that a service message is. @param {Message} message */
function happened(message) {
  const { kind, what, text, name } = message;
  const users = (what.users ?? []).join(", ");
  switch (kind) {
    case "forum_topic_created": return say("happened.topic_created", { name: what.name });
    case "forum_topic_edited": return say("happened.topic_edited", { name: what.name ?? what.icon_custom_emoji_id ?? "" });
    case "forum_topic_closed": return say("happened.topic_closed");
    case "forum_topic_reopened": return say("happened.topic_reopened");
    case "pinned_message": return say("happened.pinned", { name, text: what.text });
    case "new_chat_members": return say("happened.joined", { name: users });
    case "left_chat_member": return say("happened.left", { name: users });
    case "migrate_to_chat_id": return say("happened.migrated");
    default: return `${kind} ${text}`;
  }
}

/** What is no text: a picture, a voice, a place. @param {Store} store @param {Message} message */
function media(store, message) {
  const { kind, what } = message;
  switch (kind) {
    case "photo": return store.broken.has(what.file) ? html`<div class="photo none" role="img" aria-label=${say("kind.photo")}>🖼</div>` : html`<img class=${what.spoiler ? "photo veiled" : "photo"} src=${`file/${what.file}`} alt=${say("kind.photo")}
      onLoad=${() => store.changed()} onError=${() => { store.broken.add(what.file); store.changed(); }} />`;
    case "voice":
    case "video_note":
    case "audio":
    case "video": return html`<div class="voice"><span aria-hidden="true">▶</span><i></i><span>${say(`kind.${kind}`)} ${what.seconds ?? ""} ${say("unit.s")}</span></div>`;
    case "sticker": return html`<div class="sticker">${what.emoji}</div>`;
    case "location":
    case "venue": {
      const place = what.location ?? what;
      return html`<div class="place"><b>📍 ${what.title ?? say("kind.location")}</b><span>${what.address ?? ""} ${place.latitude?.toFixed(4)}, ${place.longitude?.toFixed(4)}</span></div>`;
    }
    case "contact": return html`<div class="place"><b>👤 ${what.first_name}</b><span>${what.phone_number}</span></div>`;
    case "document": return html`<div class="place"><b>📄 ${what.name}</b></div>`;
    case "text": return null;
    default: return html`<div class="place"><b>${kind}</b></div>`;
  }
}

/** @param {{ store: Store, phone: Phone, message: Message }} props */
export function Bubble({ store, phone, message }) {
  if (message.kind === "migrate_from_chat_id") return null;
  if (message.service && message.kind !== "text") return html`<li class="happened">${happened(message)}</li>`;
  const mine = message.from === phone.person;
  const picked = phone.picked === message.id;
  const group = phone.chat < 0;
  const pick = () => store.set(phone, { picked: picked ? null : message.id });
  return html`<li class=${`message ${mine ? "mine" : "theirs"}`} id=${`m-${phone.key}-${message.id}`}>
    <div key="bubble" class="bubble">
      ${group && !mine && html`<b class="sender">${message.name}</b>`}
      ${message.reply && html`<div key="quoted" class="quoted"><b>${message.reply.name}</b><span>${message.reply.text}</span></div>`}
      ${media(store, message)}
      <p key="text" class="text" dir="auto">${rich(store, phone, message)}</p>
      <div key="foot" class="foot">
        <span class="reactions">${message.reactions.map((one) => html`<span>${one.emoji}</span>`)}</span>
        ${message.protected && html`<span title=${say("protected")} role="img" aria-label=${say("protected")}>🛡</span>`}
        <span>${message.edited ? say("edited") : ""} ${clock(message.at)}</span>
        <button class="more" aria-label=${say("message.more")} aria-expanded=${picked} onClick=${pick}>⋯</button>
      </div>
    </div>
    ${picked && html`<${Actions} key="actions" store=${store} phone=${phone} message=${message} />`}
    ${message.buttons.map((row, r) => html`<div key=${r} class="row">${row.map((button, c) => html`<${Inline} ...${{ store, phone, message, button, r, c }} />`)}</div>`)}
  </li>`;
}

/** A link into a topic of a group that she is in opens it, one with a start code starts the bot; others are shown.
 * @param {Store} store @param {Phone} phone @param {import("./types").Button} button */
function follow(store, phone, button) {
  const value = button.value ?? "";
  const topic = /t\.me\/c\/(\d+)\/(\d+)/.exec(value);
  const group = topic && store.groupsOf(phone.person).find((one) => one.id === Number(`-100${topic[1]}`));
  if (group) return store.open(phone, group.id, Number(topic[2]));
  const start = PARTS.exec(value);
  if (start) {
    store.open(phone, phone.person, null);
    return store.act(phone, { do: "start", payload: value.split("start=")[1] });
  }
  return store.toast(phone, `${button.does === "link" ? "↗" : "⧉"} ${value}`);
}

/** @param {{ store: Store, phone: Phone, message: Message, button: import("./types").Button, r: number, c: number }} props */
function Inline({ store, phone, message, button, r, c }) {
  const name = `${message.id}/${r}/${c}`;
  const press = async () => {
    if (button.does !== "tap") return follow(store, phone, button);
    store.set(phone, { busy: name });
    const answer = await store.act(phone, { do: "press", message: message.id, row: r, column: c });
    if (phone.busy === name) store.set(phone, { busy: null });
    if (answer.done?.opens) await follow(store, phone, { text: "", does: "link", value: answer.done.opens });
  };
  return html`<button class="inline" aria-busy=${phone.busy === name} onClick=${press}>${button.text}${button.does === "link" ? " ↗" : ""}</button>`;
}

/** @param {{ store: Store, phone: Phone, message: Message }} props */
function Actions({ store, phone, message }) {
  const mine = message.from === phone.person;
  const react = (/** @type {string} */ emoji) => {
    const has = message.reactions.some((one) => one.from === phone.person && one.emoji === emoji);
    store.set(phone, { picked: null });
    return store.act(phone, { do: "react", message: message.id, emoji: has ? "" : emoji });
  };
  const reply = () => store.write(phone, { reply: message.id, editing: null, picked: null });
  const edit = () => store.write(phone, { editing: message.id, reply: null, picked: null, draft: message.text });
  return html`<div class="actions">
    <button onClick=${reply}>↩ ${say("message.reply")}</button>
    ${mine && html`<button onClick=${edit}>✎ ${say("message.edit")}</button>`}
    ${EMOJI.map((emoji) => html`<button aria-label=${`${say("message.react")} ${emoji}`} onClick=${() => react(emoji)}>${emoji}</button>`)}
  </div>`;
}
