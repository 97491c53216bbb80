// The page's own words, in the language that its reader chose.
// @ts-check

/** @typedef {import("./types").Language} Language */

/** @type {readonly Language[]} */
export const LANGUAGES = ["kk", "ru", "en"];
const KEPT = "senim.language";

/** @type {Record<string, Record<Language, string>>} */
let words = {};
/** @type {Language} */
let language = "kk";

export async function load() {
  words = await (await fetch("words.json")).json();
  const kept = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  speak(LANGUAGES.find((one) => one === kept) ?? "kk");
}

/** @param {Language} chosen */
export function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  localStorage.setItem(KEPT, chosen);
}

export function spoken() {
  return language;
}

/** @param {string} key @param {Record<string, string | number>} [values] */
export function say(key, values = {}) {
  const text = words[key]?.[language] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** @param {number} at Unix milliseconds */
export function clock(at, seconds = false) {
  return new Date(at + 5 * 3600_000).toISOString().slice(11, seconds ? 19 : 16);
}

/** @param {number} at Unix milliseconds */
export function day(at) {
  return new Date(at + 5 * 3600_000).toISOString().slice(0, 10).split("-").reverse().join(".");
}
