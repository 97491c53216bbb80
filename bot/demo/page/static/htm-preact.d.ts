// Types of htm-preact.js, which is htm 3.1.1's preact/standalone.module.js: Preact (MIT) and htm (Apache-2.0) in one.

import type { VNode } from "preact";

export { render } from "preact";
export * from "preact/hooks";
export function html(strings: TemplateStringsArray, ...values: any[]): VNode;
