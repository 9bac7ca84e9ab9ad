// The button of a page that can run. All else is loaded when it is pressed, and nothing before.

const place = document.querySelector("[data-python]");

function offer() {
  const { megabytes, ...settings } = JSON.parse(place.dataset.python);
  const press = document.createElement("button");
  const note = document.createElement("span");
  Object.assign(press, { type: "button", className: "python-button", textContent: "Run this page" });
  let edited = false;
  try {
    edited = Object.keys(localStorage).some((key) => key.startsWith(`python ${location.pathname} `));
  } catch {} // the reader lets pages keep nothing
  note.textContent =
    `Python starts here, in your browser: ${megabytes} MB, loaded once.` +
    (edited ? " The changes that you have made come back." : "");
  press.addEventListener("click", async () => {
    press.disabled = true;
    note.textContent = "Python is coming …";
    try {
      const page = await import("./page.js");
      await page.start(place, settings);
    } catch (error) {
      press.disabled = false;
      note.textContent = `Python could not be started here (${error.message}). The page can be read as before.`;
    }
  });
  place.append(press, " ", note);
}

if (place && globalThis.WebAssembly && globalThis.Worker) offer();
