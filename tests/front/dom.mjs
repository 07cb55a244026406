/** As much of a DOM as the pages touch: enough to run them and to read what they say. */

class Node {
  constructor(tag) {
    Object.assign(this, { tag, attributes: {}, childNodes: [], parentNode: null, listeners: {}, className: '', style: null });
  }

  get firstChild() {
    return this.childNodes[0] ?? null;
  }

  get lastChild() {
    return this.childNodes.at(-1) ?? null;
  }

  appendChild(child) {
    return this.insertBefore(child, null);
  }

  insertBefore(child, before) {
    if (!(child instanceof Node)) throw new TypeError('not a node');
    if (child.parentNode) child.parentNode.removeChild(child);
    const at = before === null ? this.childNodes.length : this.childNodes.indexOf(before);
    this.childNodes.splice(at, 0, child);
    child.parentNode = this;
    return child;
  }

  removeChild(child) {
    this.childNodes.splice(this.childNodes.indexOf(child), 1);
    child.parentNode = null;
    return child;
  }

  setAttribute(name, value) {
    if (typeof value !== 'string') throw new TypeError(`${name} is not a text`);
    if (name === 'class') this.className = value;
    this.attributes[name] = value;
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  addEventListener(name, listener) {
    this.listeners[name] = listener;
  }

  get textContent() {
    return this.text ?? this.childNodes.map((child) => child.textContent).join('');
  }

  set textContent(text) {
    this.childNodes = [];
    this.text = text;
  }

  /** All elements below with this class or this attribute. */
  find(test) {
    return this.childNodes.flatMap((child) => [...(test(child) ? [child] : []), ...child.find(test)]);
  }

  withClass(name) {
    return this.find((node) => node.className.split(' ').includes(name));
  }

  querySelectorAll(selector) {
    const name = /^\[([\w-]+)\]$/.exec(selector)[1];
    return this.find((node) => name in node.attributes);
  }
}

/** A document with the given elements by id, as a global; gives back what undoes it. */
export function install(byId) {
  const document = {
    readyState: 'complete',
    getElementById: (id) => byId[id] ?? null,
    createElement: (tag) => new Node(tag),
    createElementNS: (space, tag) => new Node(tag),
    createTextNode: (text) => Object.assign(new Node('#text'), { text: String(text) }),
  };
  globalThis.document = document;
  return () => delete globalThis.document;
}

export function element(tag, attributes = {}, text = null) {
  const node = new Node(tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  if (text !== null) node.textContent = text;
  return node;
}
