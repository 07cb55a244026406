// A part of a page that changes by itself is asked for again, and put in place of the old one.
// Without scripts there is a link to look again.
const part = () => document.querySelector("[data-live]");
let pause = Number(part()?.dataset.live) * 1000;

const look = async () => {
  if (!part()) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("[data-live]");
    if (answer.ok && !found) return location.reload();
    if (answer.ok && found.innerHTML !== part().innerHTML) part().replaceWith(found);
  } catch {
    pause = Math.min(pause * 2, 60_000);
  }
  setTimeout(look, pause);
};

if (pause) setTimeout(look, pause);
