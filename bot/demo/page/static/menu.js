// What lies behind the buttons of a telephone: what to attach, the bot's commands, the person, the group.
// @ts-check

import { html } from "./htm-preact.js";
import { GENERAL } from "./store.js";
import { say } from "./words.js";

/** @typedef {import("./types").Phone} Phone */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {{ label: string, act: () => unknown, on?: boolean }} Entry */

const KINDS = ["photo", "voice", "video_note", "sticker", "location", "contact", "document"];
const BIND = ["can_manage_topics", "can_delete_messages", "can_pin_messages"];
const LARGEST = 8_000_000;

/** @param {{ store: Store, phone: Phone }} props */
export function Menu({ store, phone }) {
  const close = () => store.set(phone, { menu: null });
  const entries = phone.menu === "attach" ? attach(store, phone) : phone.menu === "commands" ? commands(store, phone)
    : [...forPerson(store, phone), ...forGroup(store, phone)];
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close();
  };
  return html`<div class="menu" role="group" aria-label=${say("phone.menu")} onKeyDown=${keys}>
    ${phone.menu === "attach" && html`<label class="entry"><input type="file" accept="image/png,image/jpeg,image/webp,image/gif" class="hidden"
      onChange=${(/** @type {Event} */ event) => picture(store, phone, event)} />${say("attach.file")}</label>`}
    ${entries.map((entry) => html`<button class="entry" aria-pressed=${entry.on} onClick=${() => { close(); return entry.act(); }}>
      ${entry.on === undefined ? "" : entry.on ? "☑ " : "☐ "}${entry.label}</button>`)}
    <button class="entry" onClick=${close}>✕ ${say("close")}</button>
  </div>`;
}

/** @param {Store} store @param {Phone} phone @returns {Entry[]} */
function attach(store, phone) {
  return KINDS.map((kind) => ({
    label: say(`kind.${kind}`),
    act: async () => {
      const data = kind === "photo" ? await sample() : undefined;
      return store.act(phone, { do: "send", kind, topic: phone.topic, data });
    },
  }));
}

/** A drawn picture, so that there is one on every machine: a PNG in base64. */
export async function sample() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 200 });
  const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  paint.fillStyle = "#7fb2d6";
  paint.fillRect(0, 0, 320, 200);
  paint.fillStyle = "#f7d64a";
  paint.arc(250, 55, 28, 0, 7);
  paint.fill();
  paint.fillStyle = "#5b8f4e";
  for (const [x, y] of [[0, 150], [110, 120], [220, 145]]) {
    paint.beginPath();
    paint.moveTo(x - 60, 200);
    paint.lineTo(x + 50, y - 30);
    paint.lineTo(x + 160, 200);
    paint.fill();
  }
  return canvas.toDataURL("image/png").split(",")[1];
}

/** @param {Store} store @param {Phone} phone @param {Event} event */
async function picture(store, phone, event) {
  const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
  store.set(phone, { menu: null });
  if (!file) return;
  if (file.size > LARGEST) return store.toast(phone, say("attach.large"), { wrong: true });
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  await store.act(phone, { do: "send", kind: "photo", topic: phone.topic, data: btoa(text) });
}

/** @param {Store} store @param {Phone} phone @returns {Entry[]} */
function commands(store, phone) {
  const all = store.parts.bot?.commands ?? {};
  const mine = all[store.person(phone.person)?.language ?? ""] ?? all[""] ?? [];
  return mine.map((one) => ({
    label: `/${one.command} ${one.description}`,
    act: () => store.act(phone, { do: "write", text: `/${one.command}` }),
  }));
}

/** @param {Store} store @param {Phone} phone @returns {Entry[]} */
function forPerson(store, phone) {
  const person = store.person(phone.person);
  if (!person) return [];
  const others = (store.parts.groups?.all ?? []).filter((group) => !group.deleted);
  const inside = store.groupsOf(person.id);
  return [
    { label: say("person.block"), on: person.blocked, act: () => store.act(phone, { do: "block", on: !person.blocked }) },
    { label: say("person.clear"), act: () => store.act(phone, { do: "clear" }) },
    { label: say("person.deactivate"), act: () => store.act(phone, { do: "deactivate" }) },
    ...others.map((group) => ({
      label: say("person.in", { group: group.title }), on: inside.includes(group),
      act: () => store.act(phone, { do: "member", chat: group.id, who: person.id, how: inside.includes(group) ? "leave" : "join" }),
    })),
  ];
}

/** @param {Store} store @param {Phone} phone @returns {Entry[]} */
function forGroup(store, phone) {
  const group = store.group(phone.chat);
  if (!group) return [];
  const there = ["administrator", "member"].includes(group.bot ?? "");
  const order = (/** @type {Record<string, any>} */ what) => () => store.act(phone, { chat: group.id, ...what });
  const topic = phone.topic ?? GENERAL;
  const named = group.topics.find((one) => one.id === topic);
  /** @type {Entry[]} */
  const entries = [
    { label: say("group.topics"), on: group.forum, act: order({ do: "topics", on: !group.forum }) },
    { label: say("group.bot"), on: there, act: order({ do: "bot", how: there ? "remove" : "add" }) },
  ];
  if (named) {
    const how = named.closed ? "reopen" : "close";
    entries.push(
      { label: say("group.close_topic", { name: named.name }), on: named.closed, act: order({ do: "topic", how, topic }) },
      { label: say("group.delete_topic", { name: named.name }), act: order({ do: "topic", how: "delete", topic }) },
    );
  }
  if (group.bot === "administrator")
    for (const right of BIND)
      entries.push({ label: say(`right.${right}`), on: group.rights.includes(right), act: order({ do: "bot", how: "right", right }) });
  entries.push(
    { label: say("group.upgrade"), act: order({ do: "upgrade" }) },
    { label: say("group.delete"), act: order({ do: "delete_group" }) },
  );
  return entries;
}
