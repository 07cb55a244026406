// A pack's code by the phone's camera, where the browser reads codes itself. Without it nothing is missed:
// the field is there to be typed into.
"use strict";

const FORMATS = ["qr_code", "data_matrix", "ean_13", "ean_8", "code_128", "itf"];

async function formats() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return [];
  const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
  return FORMATS.filter((one) => known.includes(one));
}

function read(field, text) {
  if (field.tagName !== "TEXTAREA") {
    field.value = text;
    return;
  }
  const lines = field.value.split("\n").filter((line) => line.trim());
  if (!lines.includes(text)) lines.push(text);
  field.value = `${lines.join("\n")}\n`;
}

async function look(button, detector) {
  const field = document.getElementById(button.dataset.scan);
  const screen = document.getElementById("camera");
  const video = screen.querySelector("video");
  const said = button.parentElement.querySelector("[data-scan-said]");
  said.textContent = "";
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (error) {
    // Allowed or not is the person's own choice; a camera that is not there is no such thing.
    said.textContent = error.name === "NotAllowedError" ? button.dataset.refused : button.dataset.none;
    field.focus();
    return;
  }
  let open = true;
  const close = () => {
    open = false;
    for (const track of stream.getTracks()) track.stop();
    screen.hidden = true;
    button.focus();
  };
  screen.hidden = false;
  const leave = screen.querySelector("button");
  leave.onclick = close;
  screen.onkeydown = (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Tab") event.preventDefault();
  };
  leave.focus();
  video.srcObject = stream;
  video.play().catch(() => {});
  while (open) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found?.rawValue && open) {
      close();
      read(field, found.rawValue);
      field.focus();
      if (button.dataset.send !== undefined) field.form.requestSubmit();
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

formats().then((known) => {
  if (!known.length) return;
  const detector = new BarcodeDetector({ formats: known });
  for (const button of document.querySelectorAll("[data-scan]")) {
    button.hidden = false;
    button.addEventListener("click", () => look(button, detector));
  }
});
