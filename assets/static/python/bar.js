// What all cells share: what Python does just now, Run all, Stop, and forgetting what was changed.

import { button, element, keepFocus } from "../figures/core.js";

const SAYS = {
  loading: "Python is loading …",
  ready: "Python is ready.",
  running: "",
  off: "Stopped. What the cells had computed is gone; the next run starts Python anew.",
};

export function bar(page) {
  const status = element("span", { class: "python-state" }, SAYS.loading);
  const all = button("Run all", () => page.runTo(page.cells.at(-1)));
  const stop = button("Stop", () => page.session.stop(), { disabled: true });
  const here = button("Run to here", () => page.runTo(me.cell), { hidden: true });
  const forget = button("Forget my changes", () => page.cells.forEach((one) => one.write(one.original)), {
    hidden: !page.cells.some((one) => one.edited),
  });
  const node = element(
    "div",
    { class: "python-bar", role: "region", "aria-label": "Python in this page" },
    status,
    all,
    stop,
    here,
    forget,
  );

  function tell(text) {
    status.textContent = text;
    page.say(text);
  }

  const me = {
    node,
    cell: null, // where "Run to here" leads
    focus: () => all.focus({ preventScroll: true }),
    edited() {
      forget.hidden = !page.cells.some((one) => one.edited);
    },
    show(state, why) {
      stop.disabled = state !== "running";
      here.hidden = !["off", "failed"].includes(state) || !me.cell;
      if (!here.hidden) here.textContent = `Run to ${me.cell.name}`;
      if (state === "failed") tell(`Python has stopped: ${why} The page can be read as before.`);
      else if (SAYS[state] && status.textContent !== SAYS[state]) tell(SAYS[state]);
      keepFocus(node, all);
    },
    runs(cell) {
      me.cell = cell;
      status.textContent = `${cell.name} runs …`;
    },
    ran(cell, how, output) {
      const text = output.textContent.trim();
      if (how === "error") tell(`${cell.name}: ${text.split("\n").at(-1)}`);
      else page.say(`${cell.name} has run. ${text.slice(0, 200)}`);
    },
  };
  return me;
}
