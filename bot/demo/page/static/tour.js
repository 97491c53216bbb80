// The guided tour: what to tap next and what to look at. A step can also be done by the page itself.
// @ts-check

import { html, useEffect, useState } from "./htm-preact.js";
import { sample } from "./menu.js";
import { GENERAL } from "./store.js";
import { say, spoken } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types").Step} Step */

const PLACES = ["teen", "parent", "operator"];
const SOON = 25000;
const LOOK = 120;
const DAY = 86400;
const ZONE = 5 * 3600;

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** The telephone on which a step happens: the one in the middle is given to whoever has none. @param {Store} store @param {string} who */
function phoneOf(store, who) {
  const cast = /** @type {Record<string, number>} */ (store.parts.show?.cast ?? {});
  const held = store.phones.find((one) => one.person === cast[who]);
  if (held) return held;
  const phone = store.phones[PLACES.indexOf(who) < 0 ? 1 : PLACES.indexOf(who)];
  store.set(phone, { person: cast[who], locked: null });
  store.open(phone, cast[who], null);
  return phone;
}

/** Where somebody of the cast looks: her chat with the bot, or the desk's group. @param {Store} store @param {string} who */
function chatOf(store, who) {
  const cast = /** @type {Record<string, number>} */ (store.parts.show?.cast ?? {});
  return who === "operator" ? cast.group : cast[who];
}

/** Where a button stands that reads like one of these, the first of them rather than another: the newest one, of those
 * in messages with one of `beside` when that is given.
 * @param {Store} store @param {number} chat @param {string[]} texts @param {string[] | undefined} beside */
function place(store, chat, texts, beside) {
  for (const text of texts) {
    const found = placeOf(store, chat, (label) => label.includes(text), beside);
    if (found) return found;
  }
  return null;
}

/** @param {Store} store @param {number} chat @param {(label: string) => boolean} like
 * @param {string[] | undefined} beside */
function placeOf(store, chat, like, beside) {
  const meant = (/** @type {string} */ text) => !beside || beside.some((one) => text.includes(one));
  for (const message of store.chat(chat).messages.filter((one) => meant(one.text)).reverse())
    for (const [row, buttons] of message.buttons.entries())
      for (const [column, button] of buttons.entries())
        if (like(button.text)) return { do: "press", message: message.id, row, column, thread: message.thread };
  if (beside) return null;
  for (const [row, keys] of (store.chat(chat).keyboard ?? []).entries())
    for (const [column, key] of keys.entries()) if (like(key.text)) return { do: "key", row, column, thread: null };
  return null;
}

/** Seconds until it is this time of the day in Kazakhstan, UTC+5. @param {Store} store @param {string} at HH:MM */
function untilTime(store, at) {
  const [hour, minute] = at.split(":").map(Number);
  const now = (store.now() / 1000 + ZONE) % DAY;
  return (hour * 3600 + minute * 60 - now + DAY) % DAY || DAY;
}

/** Waits until `look` finds something. @template T @param {() => T | null | undefined | false} look */
async function until(look) {
  const end = Date.now() + SOON;
  for (;;) {
    const found = look();
    if (found || Date.now() > end) return found || null;
    await pause(LOOK);
  }
}

/** Does one thing of a step. @param {Store} store @param {import("./types").Do} order */
async function perform(store, order) {
  if (order.on === "page") {
    const seconds = order.at ? untilTime(store, order.at) : order.seconds;
    return store.order({ ...order, seconds, on: order.set ?? true });
  }
  const phone = phoneOf(store, order.on);
  const chat = order.private ? phone.person : chatOf(store, order.group ? "operator" : order.on);
  if (order.lock !== undefined) return store.set(phone, { locked: order.lock ? store.now() : null });
  if (phone.chat !== chat) store.open(phone, chat, chat < 0 ? GENERAL : null);
  const sought = order.tap ?? order.look;
  if (sought) {
    const found = await until(() => place(store, chat, sought, order.beside));
    if (!found) return store.toast(phone, say("tour.lost"), { wrong: true });
    if (chat < 0) store.open(phone, chat, found.thread ?? GENERAL);
    return order.tap && store.act(phone, found);
  }
  if (order.reply) {
    const asked = await until(() => question(store, chat, order.reply));
    if (!asked) return store.toast(phone, say("tour.lost"), { wrong: true });
    store.open(phone, chat, asked.thread ?? GENERAL);
    return store.act(phone, { do: "write", text: order.write, topic: asked.thread, reply: asked.id });
  }
  const topic = chat < 0 ? await until(() => topicWith(store, chat, order.topic)) : null;
  if (topic) store.open(phone, chat, topic);
  if (order.start) return store.act(phone, { do: "start" });
  if (order.send) return store.act(phone, { do: "send", kind: order.send, topic, data: order.send === "photo" ? await sample() : undefined });
  return order.write && store.act(phone, { do: "write", text: order.write, topic });
}

/** The newest message with one of these, to be answered. @param {Store} store @param {number} chat @param {string[]} texts */
function question(store, chat, texts) {
  return store.chat(chat).messages.findLast((one) => texts.some((text) => one.text.includes(text)));
}

/** The topic where these words stand; the newest one when none are asked for.
 * @param {Store} store @param {number} chat @param {string | true | undefined} words */
function topicWith(store, chat, words) {
  if (typeof words !== "string") return store.group(chat)?.topics.at(-1)?.id;
  return store.chat(chat).messages.findLast((one) => one.text.includes(words))?.thread ?? null;
}

/** The newest message of each chat, and how many calls there were: a step begins after it. @param {Store} store @returns {Record<string, number>} */
function newest(store) {
  const chats = Object.entries(store.parts).filter(([name]) => name.startsWith("chat/"));
  const seen = chats.map(([name, chat]) => [name, chat.messages.at(-1)?.id ?? 0]);
  return Object.fromEntries([...seen, ["outside", store.parts.outside?.calls.length ?? 0]]);
}

/** Whether somebody has seen what the step is for.
 * @param {Store} store @param {Step} step @param {Record<string, number>} before */
function happened(store, step, before) {
  const done = step.done;
  if (done.on === "outside") return (store.parts.outside?.calls ?? []).slice(before.outside).some((one) => one.accepted);
  const id = chatOf(store, done.on);
  const chat = store.chat(id);
  const seen = (/** @type {string} */ text) => done.sees.some((one) => text.includes(one));
  const theirs = chat.messages.filter((one) => one.id > (before[`chat/${id}`] ?? 0) && one.from === store.parts.bot?.id)
    .filter((one) => !done.kind || one.kind === done.kind);
  return theirs.some((one) => (seen(one.text) || one.buttons.flat().some((key) => seen(key.text))));
}

/** @param {{ store: Store, close: () => void }} props */
export function Tour({ store, close }) {
  const at = store.step;
  const [before, setBefore] = useState(() => newest(store));
  const [busy, setBusy] = useState(false);
  const steps = /** @type {Step[]} */ (store.parts.tour?.steps ?? []);
  const step = steps[at];
  const go = (/** @type {number} */ to) => {
    store.walk(to);
    setBefore(newest(store));
  };
  useEffect(() => {
    if (!step) return;
    const phone = store.phones.indexOf(phoneOf(store, step.phone));
    if (phone >= 0 && store.front !== phone) {
      store.front = phone;
      store.changed();
    }
  }, [at]);
  if (!step) return null;
  const done = happened(store, step, before);
  const doIt = async () => {
    setBusy(true);
    for (const order of step.do) {
      await perform(store, order);
      await pause(order.wait ?? 500);
    }
    setBusy(false);
  };
  const ready = store.parts.show?.stage === "ready";
  return html`<aside class="tour" aria-label=${say("tour")} data-step=${at + 1}>
    <div role="status"><b>${at + 1}/${steps.length} ${step.title[spoken()]} ${done ? "✓" : ""}</b><p>${step.text[spoken()]}</p></div>
    <div class="buttons">
      <button disabled=${at === 0} onClick=${() => go(at - 1)}>‹ ${say("tour.back")}</button>
      <button disabled=${busy || !ready || step.do.length === 0} onClick=${doIt}>${busy ? say("tour.doing") : say("tour.do")}</button>
      ${at + 1 < steps.length ? html`<button class=${done ? "go" : ""} onClick=${() => go(at + 1)}>${say("tour.next")} ›</button>`
        : html`<button onClick=${close}>${say("tour.end")}</button>`}
      <button aria-label=${say("close")} onClick=${close}>✕</button>
    </div>
  </aside>`;
}
