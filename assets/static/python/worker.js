// Python in a thread of its own, so that the page stays alive while a cell runs. Its files lie beside this one.
// It is sent { settings } once, then one { code, name } after the other, and answers in JSON with
// { kind: "ready" | "failed" | "done" | "output" | "clear", … }; an output is as a notebook has it.

const QUIET = { messageCallback: () => {} };
// IPython brings a terminal's prompt, which no page shows, and which would take a tenth of the start.
const NO_TERMINAL =
  "import sys, types; sys.modules['IPython.terminal.embed'] = types.SimpleNamespace(embed=None)";
const FONTS = "/lib/python3.12/site-packages/matplotlib/fontlist.json";
let python;

/** What every chapter loads, all at once and seen to be whole: a damaged runtime would wait for ever. */
async function whole() {
  const sums = JSON.parse(new TextDecoder().decode(await fetched("runtime/sums.json")));
  await Promise.all(Object.entries(sums).map(([name, sum]) => fetched(`runtime/${name}`, sum)));
}

async function start({ packages, retina, digits }) {
  await whole();
  const { loadPyodide } = await import("./runtime/pyodide.mjs");
  const [pyodide, ...files] = await Promise.all([
    loadPyodide({
      indexURL: new URL("./runtime/", import.meta.url).href,
      env: { HOME: "/home/pyodide", MPLBACKEND: "module://matplotlib_inline.backend_inline" },
    }),
    fetched("mnistlib.zip"),
    fetched("digits.npz"),
    fetched("cells.py"),
  ]);
  await load(pyodide, packages);
  // matplotlib's list of its fonts is by a newer version, and it would make another: 1 s, and a warning.
  const written = pyodide.FS.readFile(FONTS, { encoding: "utf8" });
  pyodide.FS.writeFile(FONTS, written.replace('"_version": 390', '"_version": 330'));
  pyodide.runPython(NO_TERMINAL);
  const [library, stored, cells] = files;
  pyodide.unpackArchive(library, "zip");
  pyodide.FS.writeFile("digits.npz", stored);
  pyodide.FS.writeFile("cells.py", cells);
  const started = pyodide
    .pyimport("cells")
    .start((text) => postMessage(text), pyodide.toPy({ retina, digits }));
  python = { pyodide, run: started.get("run"), wanted: started.get("wanted") };
}

async function load(pyodide, packages) {
  const failed = [];
  await pyodide.loadPackage(packages, { ...QUIET, errorCallback: (why) => failed.push(why) });
  if (failed.length) throw new Error(failed.join(" "));
}

async function fetched(name, integrity = "") {
  try {
    const answer = await fetch(new URL(name, import.meta.url), { integrity });
    if (!answer.ok) throw new Error(answer.statusText);
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    throw new Error(`${name} is missing or damaged.`);
  }
}

async function run({ code, name }) {
  const more = python.wanted(code).toJs();
  if (more.length) await load(python.pyodide, more);
  return python.run(code, name);
}

addEventListener("message", async ({ data }) => {
  let answer;
  try {
    if (data.settings) await start(data.settings);
    answer = data.settings ? { kind: "ready" } : { kind: "done", ok: await run(data) };
  } catch (error) {
    answer = { kind: "failed", why: String(error?.message ?? error) };
  }
  postMessage(JSON.stringify(answer));
});
