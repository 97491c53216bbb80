// One telephone: who holds it, what is open on it, and what can be typed and tapped.
// @ts-check

import { html, useLayoutEffect, useRef } from "./htm-preact.js";
import { Bubble } from "./chat.js";
import { Menu } from "./menu.js";
import { GENERAL } from "./store.js";
import { clock, day, say } from "./words.js";

/** @typedef {import("./types").Phone} PhoneState */
/** @typedef {import("./store.js").Store} Store */

const NEAR = 80;

/** @param {{ store: Store, phone: PhoneState }} props */
export function Phone({ store, phone }) {
  const person = store.person(phone.person);
  const front = store.front === phone.key;
  const forum = store.group(phone.chat)?.forum ? store.group(phone.chat) : undefined;
  const topic = forum ? (phone.topic ?? GENERAL) : null;
  if (!person) return null;
  if (phone.locked === null) store.seen(phone.person, phone.chat, topic);
  const others = store.parts.people?.all ?? [];
  const hold = (/** @type {Event} */ event) => {
    const id = Number(/** @type {HTMLSelectElement} */ (event.target).value);
    store.set(phone, { person: id, locked: null, toast: null, draft: "" });
    store.open(phone, id, null);
  };
  return html`<section class=${`phone ${forum ? "wide" : ""} ${front ? "front" : ""}`} aria-label=${person.name}
      data-phone=${phone.key}>
    <header class="holder">
      <label><span class="hidden">${say("phone.holder")}</span>
        <select value=${person.id} onChange=${hold}>
          ${others.map((one) => html`<option value=${one.id}>${one.name} · ${one.language}</option>`)}
        </select></label>
      <button aria-pressed=${phone.locked !== null} title=${say("phone.lock")} aria-label=${say("phone.lock")}
        onClick=${() => store.set(phone, { locked: phone.locked === null ? store.now() : null })}>
        ${phone.locked === null ? "🔓" : "🔒"}</button>
      ${phone.key > 2 && html`<button title=${say("phone.away")} aria-label=${say("phone.away")} onClick=${() => store.take(phone)}>✕</button>`}
      <button title=${say("phone.menu")} aria-label=${say("phone.menu")} aria-expanded=${phone.menu === "person"}
        onClick=${() => store.set(phone, { menu: phone.menu ? null : "person" })}>⋮</button>
    </header>
    <div class="glass">
      ${phone.locked !== null ? html`<${Locked} key="locked" ...${{ store, phone }} />` : html`<${Open} key="open" ...${{ store, phone, forum, topic }} />`}
      ${phone.menu && html`<${Menu} key="menu" ...${{ store, phone }} />`}
      <${Toast} key="toast" ...${{ store, phone }} />
    </div>
  </section>`;
}

/** What a telephone that lies on the table shows to whoever passes. @param {{ store: Store, phone: PhoneState }} props */
function Locked({ store, phone }) {
  const since = /** @type {number} */ (phone.locked);
  const all = store.parts[`notices/${phone.person}`]?.all ?? [];
  const fresh = all.filter((/** @type {import("./types").Notice} */ one) => one.at >= since - 1000);
  return html`<div class="locked">
    <time>${clock(store.now())}</time>
    <p>${say("phone.locked")}</p>
    <ul aria-live="polite">${fresh.map((/** @type {import("./types").Notice} */ one) => html`<li>
      <b>${one.title}${one.topic ? ` · ${one.topic}` : ""}</b><span>${one.text.slice(0, 120)}</span></li>`)}
      ${fresh.length === 0 && html`<li class="none">${say("phone.no_notices")}</li>`}</ul>
    <button onClick=${() => store.set(phone, { locked: null })}>${say("phone.unlock")}</button>
  </div>`;
}

/** @param {{ store: Store, phone: PhoneState, forum: import("./types").Group | undefined, topic: number | null }} props */
function Open({ store, phone, forum, topic }) {
  const groups = store.groupsOf(phone.person);
  return html`<div class="open" inert=${phone.menu !== null}>
    ${groups.length > 0 && html`<${Chats} key="chats" ...${{ store, phone, groups }} />`}
    ${forum && html`<${Topics} key="topics" ...${{ store, phone, forum, topic }} />`}
    <${Talk} key="talk" ...${{ store, phone, forum, topic }} />
  </div>`;
}

/** @param {{ store: Store, phone: PhoneState, groups: import("./types").Group[] }} props */
function Chats({ store, phone, groups }) {
  const entry = (/** @type {number} */ chat, /** @type {string} */ name) => {
    const group = store.group(chat);
    /** @type {(number | null)[]} */
    const topics = group?.forum ? [GENERAL, ...group.topics.map((one) => one.id)] : [null];
    const unread = topics.map((topic) => store.unread(phone.person, chat, topic)).reduce((sum, one) => sum + one, 0);
    const open = chat === phone.chat;
    return html`<button class="chat" aria-current=${open} onClick=${() => store.open(phone, chat, chat < 0 ? GENERAL : null)}>
      <span>${name}</span>${unread > 0 && html`<em>${unread}</em>`}</button>`;
  };
  return html`<nav class="chats" aria-label=${say("phone.chats")}>
    ${entry(phone.person, store.parts.bot?.name ?? "")}
    ${groups.map((group) => entry(group.id, group.title))}
  </nav>`;
}

/** @param {{ store: Store, phone: PhoneState, forum: import("./types").Group, topic: number | null }} props */
function Topics({ store, phone, forum, topic }) {
  const newest = (/** @type {number} */ id) => store.messages(forum.id, id).at(-1)?.id ?? 0;
  const all = [...forum.topics].sort((one, other) => newest(other.id) - newest(one.id));
  const entry = (/** @type {number} */ id, /** @type {any} */ icon, /** @type {string} */ name, closed = false) => {
    const unread = store.unread(phone.person, forum.id, id);
    return html`<li key=${id}><button aria-current=${id === topic} onClick=${() => store.open(phone, forum.id, id)}>
      <span class="icon" aria-hidden="true">${icon}</span><span class="name">${name}</span>
      ${closed && html`<span title=${say("topic.closed")} role="img" aria-label=${say("topic.closed")}>🔒</span>`}
      ${unread > 0 && html`<em aria-label=${say("unread", { n: unread })}>${unread}</em>`}</button></li>`;
  };
  return html`<nav class="topics" aria-label=${say("phone.topics")}><ul>
    ${entry(GENERAL, "#", say("topic.general"))}
    ${all.map((one) => entry(one.id, one.icon ?? html`<i class=${`dot c${one.color.slice(1)}`}></i>`, one.name, one.closed))}
  </ul></nav>`;
}

/** @param {{ store: Store, phone: PhoneState, forum: import("./types").Group | undefined, topic: number | null }} props */
function Talk({ store, phone, forum, topic }) {
  const chat = store.chat(phone.chat);
  const messages = store.messages(phone.chat, topic);
  const pinned = chat.pinned.map((id) => messages.find((one) => one.id === id)).filter((one) => one !== undefined).at(-1);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const near = useRef(true);
  const bottom = () => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (near.current) bottom();
  });
  useLayoutEffect(bottom, [phone.chat, topic]);
  const top = useRef(0);
  const scrolled = () => {  // what grows below, a picture that comes, is not somebody who reads further up
    const it = list.current;
    if (!it) return;
    const low = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR;
    near.current = low || (near.current && it.scrollTop >= top.current);
    top.current = it.scrollTop;
  };
  const group = store.group(phone.chat);
  const title = group ? (forum ? (forum.topics.find((one) => one.id === topic)?.name ?? say("topic.general")) : group.title)
    : store.parts.bot?.name;
  const under = chat.typing ? say("typing") : group ? say("members", { n: group.members.length }) : say("bot");
  const jump = () => document.getElementById(`m-${phone.key}-${pinned?.id}`)?.scrollIntoView({ block: "center" });
  return html`<div class="talk">
    <div key="title" class="title"><b>${title}</b><span>${under}</span></div>
    ${pinned && html`<button key="pinned" class="pinned" onClick=${jump}>📌 ${pinned.text.split("\n")[0]}</button>`}
    <div key="messages" class="messages" ref=${list} onScroll=${scrolled} role="log" aria-label=${title} tabindex="0">
      ${messages.length === 0 && phone.chat > 0 && html`<p class="about">${about(store, phone)}</p>`}
      <ol>${messages.map((message, n) => [
        day(message.at) !== day(messages[n - 1]?.at ?? 0) && html`<li key=${`day${message.id}`} class="happened">${day(message.at)}</li>`,
        html`<${Bubble} key=${message.id} ...${{ store, phone, message }} />`,
      ])}</ol>
    </div>
    <${Composer} key="composer" ...${{ store, phone, topic }} />
  </div>`;
}

/** What the bot says of itself before Start. @param {Store} store @param {PhoneState} phone */
function about(store, phone) {
  const texts = store.parts.bot?.description ?? {};
  return texts[store.person(phone.person)?.language ?? ""] ?? texts[""] ?? "";
}

/** @param {{ store: Store, phone: PhoneState, topic: number | null }} props */
function Composer({ store, phone, topic }) {
  const person = store.person(phone.person);
  const chat = store.chat(phone.chat);
  if (!person) return null;
  if (person.deactivated) return html`<p class="shut">${say("phone.deactivated")}</p>`;
  if (phone.chat > 0 && (!person.started || person.blocked)) {
    const label = person.blocked ? say("phone.unblock") : say("phone.start");
    const order = person.blocked ? { do: "block", on: false } : { do: "start" };
    return html`<button class="start" onClick=${() => store.act(phone, order)}>${label}</button>`;
  }
  const send = async () => {
    const text = phone.draft.trim();
    if (!text) return;
    const { editing, reply } = phone;
    store.set(phone, { draft: "", editing: null, reply: null });
    const order = editing ? { do: "edit", message: editing, text } : { do: "write", text, topic, reply };
    const answer = await store.act(phone, order);
    if (answer.impossible !== undefined && !phone.draft) store.set(phone, { draft: text });
  };
  const typed = (/** @type {InputEvent} */ event) => store.set(phone, { draft: /** @type {HTMLTextAreaElement} */ (event.target).value });
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void send();
    }
    if (event.key === "Escape") store.set(phone, { editing: null, reply: null, menu: null });
  };
  const what = phone.editing ? say("message.editing") : phone.reply ? say("message.replying") : "";
  return html`<div class="composer">
    ${what ? html`<div key="what" class="about-to"><span>${what}</span><button aria-label=${say("cancel")}
      onClick=${() => store.set(phone, { editing: null, reply: null, draft: phone.editing ? "" : phone.draft })}>✕</button></div>` : null}
    <div key="line" class="line">
      <button aria-label=${say("attach")} title=${say("attach")} aria-expanded=${phone.menu === "attach"}
        onClick=${() => store.set(phone, { menu: phone.menu === "attach" ? null : "attach" })}>📎</button>
      <textarea rows="1" maxlength="4096" aria-label=${say("write")} placeholder=${say("write")} value=${phone.draft}
        onInput=${typed} onKeyDown=${keys}></textarea>
      ${phone.chat > 0 && html`<button aria-label=${say("commands")} title=${say("commands")} aria-expanded=${phone.menu === "commands"}
        onClick=${() => store.set(phone, { menu: phone.menu === "commands" ? null : "commands" })}>/</button>`}
      <button class="send" aria-label=${say("send")} title=${say("send")} onClick=${send}>➤</button>
    </div>
    ${phone.chat > 0 && chat.keyboard && html`<div key="keys" class="keys">${chat.keyboard.map((row, r) => html`<div class="row">
      ${row.map((key, c) => html`<button class="key" onClick=${() => store.act(phone, { do: "key", row: r, column: c })}>${key.text}</button>`)}</div>`)}</div>`}
  </div>`;
}

/** @param {{ store: Store, phone: PhoneState }} props */
function Toast({ store, phone }) {
  const toast = phone.toast;
  return html`<div class="toasts" aria-live="assertive">${toast && html`<div class=${`toast ${toast.wrong ? "wrong" : ""}`} lang=${toast.lang}>
    <span>${toast.text}</span>${toast.alert && html`<button onClick=${() => store.clear(phone, toast)}>OK</button>`}</div>`}</div>`;
}
