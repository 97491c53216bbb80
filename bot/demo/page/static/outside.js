// The telephone outside Telegram: who is called when nobody takes a red case.
// @ts-check

import { html } from "./htm-preact.js";
import { clock, say, spoken } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/** The front of a narrow screen on which it is shown. */
export const OUTSIDE = -1;

/** @param {{ store: Store }} props */
export function Outside({ store }) {
  const calls = store.parts.outside?.calls ?? [];
  const where = (/** @type {string} */ region) => store.parts.show?.regions.find((one) => one.id === region)
    ?.name[spoken() === "kk" ? "kk" : "ru"] ?? say("outside.national");
  return html`<section class=${`phone outside ${store.front === OUTSIDE ? "front" : ""}`} aria-label=${say("outside")}>
    <header class="holder"><b>📟 ${say("outside")}</b></header>
    <div class="glass" tabindex="0" role="log" aria-label=${say("outside")}><ol>${calls.map((one) => html`<li key=${one.id} class="call" data-rung=${one.rung}>
      <b>${one.case}</b><span>${where(one.region)}</span>
      <span>${say("outside.waits", { n: one.minutes })}</span>
      <span>${say(`outside.rung.${one.rung}`)}</span>
      <span class=${one.accepted ? "taken" : "failed"}>${one.accepted ? "✓" : "✗"} ${clock(one.at)} ${one.accepted ? say("outside.taken") : say("outside.refused")}</span>
      ${one.tries > 1 && html`<span>${say("outside.tries", { n: one.tries })}</span>`}
    </li>`)}</ol></div>
  </section>`;
}
