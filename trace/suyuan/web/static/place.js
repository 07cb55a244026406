// A reader may tell from which county a code was read: what is chosen is sent, once, and nothing else.
"use strict";

const form = document.querySelector("form.place");
if (form) {
  const said = form.querySelector("[role=status]");
  const tell = form.querySelector(".tell");
  const choose = form.querySelector(".choose");
  form.hidden = false;
  tell.addEventListener("click", () => {
    choose.hidden = false;
    tell.parentElement.hidden = true;
    form.querySelector("select").focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { code, token } = form.dataset;
    const county = form.querySelector("select").value;
    let done = false;
    try {
      const answer = await fetch("/scans/county", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code, token, county }),
      });
      done = answer.ok;
    } catch {
      done = false;
    }
    said.textContent = done ? said.dataset.done : said.dataset.failed;
    choose.hidden = done;
  });
}
