// Loads a page's live figures, each when it comes near the window.
// A figure is an element <div data-figure="hinge">static fallback</div>; its module hinge.js exports
// start(place), which builds the live figure in place of the fallback. If anything fails, the fallback stays.

async function load(place) {
  const { start } = await import(`./${place.dataset.figure}.js`);
  await start(place);
  place.dataset.live = "";
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      load(target).catch((error) => console.error(`The figure ${target.dataset.figure} stays still:`, error));
    }
  },
  { rootMargin: "600px" },
);

for (const place of document.querySelectorAll("[data-figure]")) near.observe(place);
