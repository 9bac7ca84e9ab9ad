// What a cell shows, drawn as the book draws it.

import { div, element } from "../figures/core.js";
import { paint } from "./editor.js";

const MOST = 200_000; // letters of printed text that a page shows of one cell
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*[A-Za-z]`, "g"); // colours and moves of a terminal

/** What a terminal would show of a text: a line that starts anew after "\r" writes over itself. */
export function terminal(text) {
  const line = (whole) => whole.split("\r").reduce((shown, part) => part + shown.slice(part.length), "");
  return text.replace(ESCAPES, "").replaceAll("\r\n", "\n").split("\n").map(line).join("\n");
}

function box(kind, text, language = "myst-ansi") {
  const pre = element("pre", {}, text);
  return [div(`output ${kind} highlight-${language} notranslate`, div("highlight", pre)), pre];
}

function picture(data, size, says) {
  return element("img", { src: data, width: size?.width, height: size?.height, alt: says });
}

/** Rich output, in the order of preference that Jupyter has. `says` describes a picture. */
export function rich({ data, metadata }, says) {
  const [type, content] = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg"]
    .map((name) => [name, data[name]])
    .find(([, found]) => found) ?? ["text/plain", data["text/plain"] ?? ""];
  if (type === "text/plain") return box("text_plain", content)[0];
  if (type === "text/html") {
    const place = div("output text_html");
    place.innerHTML = content;
    return place;
  }
  if (type === "text/markdown") {
    const source = content.match(/^```python\n([^]*)\n```\s*$/);
    return source ? box("", source[1], "python")[0] : element("p", {}, content);
  }
  const address =
    type === "image/svg+xml"
      ? `data:image/svg+xml,${encodeURIComponent(content)}`
      : `data:${type};base64,${content.trim()}`;
  return picture(address, metadata?.[type], says);
}

/** A place for outputs: { node, show(message), clear() }. `says` describes its pictures. */
export function outputs(says) {
  const node = div("cell_output docutils container python-output");
  let stream = null, // the one that goes on: { name, text, pre }
    clearing = false;

  const clear = () => {
    node.replaceChildren();
    stream = null;
    clearing = false;
  };

  function print(name, text) {
    if (stream?.name !== name) {
      const [outer, pre] = box(name === "stderr" ? "stderr" : "stream", "");
      node.append(outer);
      stream = { name, text: "", pre, drawn: false };
    }
    const mine = stream;
    mine.text = terminal(mine.text + text).slice(-MOST);
    if (mine.drawn) return; // once for each picture of the screen
    mine.drawn = true;
    requestAnimationFrame(() => {
      mine.drawn = false;
      mine.pre.textContent = mine.text;
    });
  }

  function show(message) {
    if (message.kind === "clear") {
      clearing = message.wait || clear();
      return;
    }
    if (clearing) clear();
    if (message.output_type === "stream") return print(message.name, message.text);
    stream = null;
    if (message.output_type === "error") node.append(box("error", message.traceback.join("\n"))[0]);
    else node.append(rich(message, says));
    node.querySelectorAll(".highlight-python pre").forEach((pre) => paint(pre, pre.textContent));
  }

  return { node, show, clear };
}
