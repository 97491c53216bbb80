// Above the telephones: the clock, trouble on purpose, more people and groups, the page's language.
// @ts-check

import { html, useEffect, useState } from "./htm-preact.js";
import { LANGUAGES, clock, day, say, speak, spoken } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

const JUMPS = [["minute", 60], ["minutes", 300], ["hour", 3600], ["day", 86400]];

/** @param {{ store: Store, onTour: () => void, tour: boolean }} props */
export function Bar({ store, onTour, tour }) {
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const show = store.parts.show;
  const refused = store.parts.refused?.last ?? [];
  const toggle = (/** @type {string} */ what) => setOpen(open === what ? null : what);
  return html`<header class="bar">
    <h1 key="name">Senim</h1>
    <div key="time" class="time" role="group" aria-label=${say("clock")}>
      <time>${day(store.now())} ${clock(store.now(), true)}</time>
      ${JUMPS.map(([name, seconds]) => html`<button onClick=${() => store.order({ do: "move", seconds })}>${say(`clock.${name}`)}</button>`)}
    </div>
    <div key="doing" class="doing">
      <${State} ...${{ store }} />
      ${show && show.crowd.shown < show.crowd.wrote && html`<span class="state crowd">${say("crowd", show.crowd)}</span>`}
      <button aria-expanded=${open === "trouble"} onClick=${() => toggle("trouble")}>⚡ ${say("trouble")}</button>
      <button aria-expanded=${open === "people"} onClick=${() => toggle("people")}>+ ${say("people")}</button>
      <button aria-expanded=${open === "refused"} class=${refused.length ? "some" : ""} onClick=${() => toggle("refused")}>
        ${say("refused", { n: store.parts.refused?.count ?? 0 })}</button>
      <button aria-pressed=${tour} onClick=${onTour}>🧭 ${say("tour")}</button>
      <div class="languages" role="group" aria-label=${say("language")}>${LANGUAGES.map((one) => html`<button
        aria-pressed=${spoken() === one} lang=${one} onClick=${() => { speak(one); store.changed(); }}>${one}</button>`)}</div>
    </div>
    ${open === "trouble" && html`<${Trouble} key="trouble" ...${{ store }} />`}
    ${open === "people" && html`<${People} key="people" ...${{ store, done: () => setOpen(null) }} />`}
    ${open === "refused" && html`<ul class="panel refusals">${refused.length === 0 && html`<li>${say("refused.none")}</li>`}
      ${[...refused].reverse().map((one) => html`<li key=${one.number}><time>${clock(one.at, true)}</time> <b>${one.method}</b> <span lang="en">${one.words}</span></li>`)}</ul>`}
    ${show?.stage === "failed" && html`<p class="panel failed">${show.why}</p>`}
    ${!store.connected && html`<p class="panel failed" role="alert">${say("disconnected")}</p>`}
  </header>`;
}

const STATES = ["down", "flood", "starting", "killed", "deaf", "running"];

/**
 * Whether the bot is there, in a word. It takes the room of the longest one: what stands beside it must not move from
 * under somebody's finger. @param {{ store: Store }} props
 */
function State({ store }) {
  const { show, trouble } = store.parts;
  const state = trouble?.down ? "down" : trouble?.flood ? "flood" : !show || show.stage === "starting" ? "starting" : !show.running ? "killed" : !show.listening ? "deaf" : "running";
  return html`<span class="states">${STATES.map((one) => html`<span class="state room">${say(`state.${one}`)}</span>`)}
    <span class=${`state ${state}`} role="status" data-state=${state}>${say(`state.${state}`)}</span></span>`;
}

/** @param {{ store: Store }} props */
function Trouble({ store }) {
  const { parts } = store;
  const held = store.phones.find((phone) => phone.chat < 0);
  const desk = store.group(held?.chat ?? 0);
  const newest = desk?.topics.find((topic) => topic.id === held?.topic) ?? desk?.topics.at(-1);
  /** @type {[string, boolean, Record<string, any>][]} */
  const switches = [
    ["down", Boolean(parts.trouble?.down), { do: "down", on: !parts.trouble?.down }],
    ["flood", Boolean(parts.trouble?.flood), { do: "flood", on: !parts.trouble?.flood }],
    ["gateway", Boolean(parts.trouble?.gateway), { do: "gateway", on: !parts.trouble?.gateway }],
    ["killed", !parts.show?.running, { do: parts.show?.running ? "kill" : "run" }],
  ];
  if (desk) switches.push(["topics", !desk.forum, { do: "topics", chat: desk.id, on: !desk.forum }]);
  return html`<div class="panel switches" role="group" aria-label=${say("trouble")}>
    ${switches.map(([name, on, order]) => html`<button role="switch" aria-checked=${on} data-trouble=${name}
      onClick=${() => store.order(order)}>${on ? "🔴" : "⚪"} ${say(`trouble.${name}`)}</button>`)}
    ${desk && newest && html`<button data-trouble="topic" onClick=${() => store.order({ do: "topic", how: "delete", chat: desk.id, topic: newest.id })}>
      🗑 ${say("trouble.topic", { name: newest.name })}</button>`}
    <p>${say("trouble.say")}</p>
  </div>`;
}

/** @param {{ store: Store, done: () => void }} props */
function People({ store, done }) {
  const [name, setName] = useState("");
  const [language, setLanguage] = useState("kk");
  const [wrong, setWrong] = useState("");
  const show = store.parts.show;
  const somebody = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const answer = await store.order({ do: "person", name, language });
    if (answer.impossible !== undefined) return setWrong(answer.impossible || say("people.slow"));
    store.give(answer.done.person);
    done();
  };
  const [region, setRegion] = useState(show?.regions[0]?.id ?? "");
  const [desk, setDesk] = useState("kk");
  const [busy, setBusy] = useState(false);
  const forum = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await store.order({ do: "forum", region, language: desk });
    setBusy(false);
    if (answer.impossible !== undefined) return setWrong(answer.impossible || say("people.slow"));
    done();
  };
  const together = async () => {
    setBusy(true);
    const answer = await store.order({ do: "crowd" });
    setBusy(false);
    if (answer.impossible !== undefined) return setWrong(answer.impossible || say("people.slow"));
    done();
  };
  const tongue = (/** @type {string} */ value, /** @type {(chosen: string) => void} */ set) => html`<select aria-label=${say("language")}
    value=${value} onChange=${(/** @type {any} */ e) => set(e.target.value)}><option value="kk">kk</option><option value="ru">ru</option></select>`;
  return html`<div class="panel forms">
    <form onSubmit=${somebody}><label>${say("people.name")} <input required maxlength="64" value=${name}
      onInput=${(/** @type {any} */ e) => setName(e.target.value)} /></label>${tongue(language, setLanguage)}<button>${say("people.add")}</button></form>
    <form onSubmit=${forum}><label>${say("people.region")} <select value=${region} onChange=${(/** @type {any} */ e) => setRegion(e.target.value)}>
      ${show?.regions.map((one) => html`<option value=${one.id}>${one.name[spoken() === "kk" ? "kk" : "ru"]}</option>`)}</select></label>${tongue(desk, setDesk)}
      <button disabled=${busy || show?.stage !== "ready"}>${say("people.forum")}</button></form>
    <button disabled=${busy || show?.stage !== "ready"} onClick=${together}>${busy ? say("people.wait") : say("people.crowd")}</button>
    ${wrong && html`<p class="failed" lang=${wrong === say("people.slow") ? spoken() : "en"}>${wrong}</p>`}
  </div>`;
}
