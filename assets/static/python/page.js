// A page that runs: every cell can be edited and run where it stands, by the Python of worker.js.

import { div, element, speaker } from "../figures/core.js";
import { Bar } from "./bar.js";
import { Cell } from "./cell.js";
import { Session } from "./session.js";

/** Called by the button: start(place, settings); place holds the button and its note. */
export async function start(place, settings) {
  await styles();
  const page = { say: speaker(document.querySelector(".bd-article"), ""), cells: [] };
  page.session = new Session({ ...settings, retina: devicePixelRatio > 1 }, (state, why) => {
    if (["off", "failed"].includes(state)) page.cells.forEach((one) => one.forget());
    page.bar.show(state, why);
  });
  const nodes = [...document.querySelectorAll(".bd-article div.cell"), ...exercises()];
  nodes.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  page.run = (cells) => {
    page.bar.aim = cells.at(-1);
    page.session.run(cells);
  };
  page.runAll = () => page.run(page.cells.filter((one) => !one.blank));
  page.above = (one) => page.cells.slice(0, page.cells.indexOf(one));
  page.runTo = (last) => page.run([...stale([...page.above(last)]), last]);
  page.lacks = (one) => stale(page.above(one)).length > 0;
  page.after = (one) => page.cells[page.cells.indexOf(one) + 1];
  nodes.forEach((node, i) => page.cells.push(new Cell(node, i + 1, page)));
  page.bar = new Bar(page);
  document.querySelector(".bd-article").append(page.bar.node);
  place.replaceChildren(
    `Every cell can be changed and run: Shift+Enter runs it. load_digits() gives at most
     ${settings.digits.toLocaleString("en")} digits for training here, so that no cell takes long. `,
    page.bar.forget,
  );
  page.session.boot();
  page.bar.all.focus({ preventScroll: true });
  return page;
}

/** The cells that have to be run: from the first that has not run as it is, after those before it. */
export function stale(cells) {
  const full = cells.filter((one) => !one.blank);
  const first = full.findIndex(
    ({ ran, code }, i) => ran?.code !== code || (i > 0 && ran.turn < full[i - 1].ran.turn),
  );
  return first < 0 ? [] : full.slice(first);
}

/** An empty cell at the end of each exercise. */
function exercises() {
  return [...document.querySelectorAll(".admonition.exercise")].map((exercise) => {
    const pre = element("pre", {});
    const node = div(
      "cell docutils container python-own",
      div("cell_input docutils container", div("highlight-python notranslate", div("highlight", pre))),
    );
    exercise.append(node);
    return node;
  });
}

function styles() {
  const sheets = ["./python.css", "../figures/figures.css"].map((name) => {
    const link = element("link", { rel: "stylesheet", href: new URL(name, import.meta.url).href });
    return new Promise((resolve, reject) => {
      link.addEventListener("load", resolve);
      link.addEventListener("error", () => reject(new Error(`${name} is not there`)));
      document.head.append(link);
    });
  });
  return Promise.all(sheets);
}
