/** The little of DOM building that the pages need. Text goes in as text, never as markup. */

const SVG = 'http://www.w3.org/2000/svg';

/** One stroke width for all, on a grid of 24. */
const ICONS = {
  passed: 'M4 12.5l5.5 5.5L20 6.5',
  failed: 'M6 6l12 12M18 6L6 18',
  unknown: 'M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.3M12 18.2v.1',
  waiting: 'M7 12h10',
  running: 'M12 5v7l4.5 2.5',
  skipped: 'M7 12h10',
  file: 'M7 3.5h7l4 4v13H7zM14 3.5v4h4',
};

/** An element with classes and attributes; children are elements or texts, null ones left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children) {
    if (child !== null) element.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
  }
  return element;
}

/** A drawn sign beside a word that says the same: hidden from those who hear the page. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.appendChild(path);
  return svg;
}

export function empty(element) {
  while (element.firstChild) element.removeChild(element.firstChild);
  return element;
}

/** A moment as clocks in China show it, like all others on the page: 2026年9月17日 08:20（北京时间）. */
export function moment(iso, lang) {
  const told = new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', {
    year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false, timeZone: 'Asia/Shanghai',
  }).format(new Date(iso));
  return lang === 'zh' ? `${told}（北京时间）` : `${told} Beijing time`;
}
