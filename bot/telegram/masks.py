"""A person's words with their numbers and codes covered, as everybody at a desk sees them."""

from collections.abc import Collection

from bot.domain.masking import SecretKind, masked
from bot.domain.people import Language
from locales import Catalog
from storage.reference.screening import masking


def covered(text: str, catalog: Catalog, language: Language, *, but: Collection[SecretKind] = ()) -> str:
    """The text with a mark in the place of each, in the desk's language; `but`: what stays as it is."""
    secrets = [secret for secret in masking().secrets(text) if secret.kind not in but]
    if not secrets:
        return text
    return masked(text, secrets, {kind: catalog.text(f"covered.{kind}", language) for kind in SecretKind})


def covers(text: str) -> bool:
    """Whether something in a text is covered."""
    return bool(masking().secrets(text))
