// A cell's code that can be edited: the browser's own text field, transparent, over the coloured code.

import { element } from "../figures/core.js";

const WORDS =
  "False None True and as assert async await break class continue def del elif else except finally for from global " +
  "if import in is lambda nonlocal not or pass raise return try while with yield";
const KEYWORD = new Set(WORDS.split(" "));
const TOKEN = new RegExp(
  [
    /(?<c1>#[^\n]*)/,
    /(?<s2>(?<![\p{L}\p{N}_])[rbfuRBFU]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/u,
    /(?<mi>(?<![\p{L}\p{N}_])(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:e[-+]?\d+)?j?)/u,
    /(?<n>[\p{L}_][\p{L}\p{N}_]*)/u,
  ]
    .map((one) => one.source)
    .join("|"),
  "gu",
);

/** Write code into a <pre>, coloured by the classes of Pygments that the book's style sheet knows. */
export function paint(pre, code) {
  const parts = [];
  let end = 0;
  for (const found of code.matchAll(TOKEN)) {
    const [kind, text] = Object.entries(found.groups).find(([, one]) => one !== undefined);
    parts.push(code.slice(end, found.index));
    const name = kind === "n" && KEYWORD.has(text) ? "k" : kind;
    parts.push(element("span", { class: name }, text));
    end = found.index + text.length;
  }
  pre.replaceChildren(...parts, code.slice(end), "\n"); // the last line end makes an empty last line show
}

/** editor(pre, label, { oninput, onrun(next) }): the text field that is laid over a <pre>. */
export function editor(pre, label, { oninput, onrun }) {
  const field = element("textarea", {
    class: "python-field",
    "aria-label": label,
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    rows: 1,
  });
  field.value = pre.textContent.replace(/\n$/, "");
  field.addEventListener("input", () => {
    paint(pre, field.value);
    oninput();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onrun(event.shiftKey);
    } else if (event.key === "Enter" && !event.isComposing) indent(event, field);
    else if (event.key === "Backspace") unindent(event, field);
  });
  pre.parentElement.classList.add("python-editor");
  pre.setAttribute("aria-hidden", "true");
  pre.removeAttribute("tabindex");
  pre.after(field);
  return field;
}

function lineBefore(field) {
  return field.value.slice(0, field.selectionStart).split("\n").at(-1);
}

// execCommand is deprecated, and still the only way to change text that Ctrl+Z takes back.
function insert(field, text) {
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  }
}

/** A new line begins where this one does, and four further after a colon. Tab is left to go on by keys. */
function indent(event, field) {
  const line = lineBefore(field);
  event.preventDefault();
  insert(field, `\n${line.match(/^ */)[0]}${/:\s*(#.*)?$/.test(line) ? "    " : ""}`);
}

function unindent(event, field) {
  const line = lineBefore(field);
  const start = field.selectionStart;
  if (start !== field.selectionEnd || !/^( {4})+$/.test(line)) return;
  event.preventDefault();
  field.setSelectionRange(start - 4, start);
  document.execCommand("delete");
}
