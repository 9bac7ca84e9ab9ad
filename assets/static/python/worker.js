// Python in a thread of its own, so that the page stays alive while a cell runs. Its files lie beside this one.
// It is sent { packages, files } once, then one { code } after the other, and answers in JSON:
// {kind: "loading" | "ready" | "failed" | "done" | what a cell shows, as in a notebook}.

let run;

function tell(message) {
  postMessage(JSON.stringify(message));
}

async function start({ packages, files, digits, retina }) {
  const { loadPyodide } = await import("./runtime/pyodide.mjs");
  const pyodide = await loadPyodide({
    indexURL: new URL("./runtime/", import.meta.url).href,
    env: { HOME: "/home/pyodide", MPLBACKEND: "module://matplotlib_inline.backend_inline" },
  });
  const failed = [];
  await pyodide.loadPackage(packages, { messageCallback: () => {}, errorCallback: (why) => failed.push(why) });
  if (failed.length) throw new Error(failed.join(" "));
  const texts = await Promise.all(files.map(fetched));
  files.forEach((name, i) => pyodide.FS.writeFile(`/home/pyodide/${name}`, texts[i]));
  pyodide.runPython(
    "import shutil, sys; shutil.unpack_archive('mnistlib.zip', '/lib/mnistlib'); sys.path.insert(0, '/lib/mnistlib')",
  );
  const cells = pyodide.pyimport("cells");
  const load = (names) => pyodide.loadPackage(names, { messageCallback: () => {} });
  run = cells.start(postMessage.bind(globalThis), digits, retina);
  return load;
}

async function fetched(name) {
  const answer = await fetch(new URL(name, import.meta.url));
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return new Uint8Array(await answer.arrayBuffer());
}

addEventListener("message", async ({ data }) => {
  try {
    if (data.packages) {
      await start(data);
      tell({ kind: "ready" });
    } else {
      tell({ kind: "done", ok: run(data.code) });
    }
  } catch (error) {
    tell({ kind: "failed", why: String(error?.message ?? error) });
  }
});
