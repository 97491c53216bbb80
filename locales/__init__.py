"""Every word that a person reads, in Kazakh and Russian. terms.md has the agreed terms and the rules of tone."""

from locales.catalog import LANGUAGES, Catalog, Language, MalformedText, MissingText, WrongParameters

__all__ = ["LANGUAGES", "Catalog", "Language", "MalformedText", "MissingText", "WrongParameters"]
