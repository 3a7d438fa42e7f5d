// Making elements. Text from outside only ever becomes a text node: nothing here, or
// anywhere in this page, reads text as markup, and the policy would not let it.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
	for (const [name, value] of Object.entries(props || {})) {
		if (value === undefined || value === null || value === false) continue;
		if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
		else if (name === "value" || name === "checked") node[name] = value;
		else node.setAttribute(name, value === true ? "" : String(value));
	}
	append(node, children);
	return node;
}

export function append(node, children) {
	for (const child of children.flat(Infinity)) {
		if (child === undefined || child === null || child === false || child === "") continue;
		node.append(child instanceof Node ? child : document.createTextNode(String(child)));
	}
}

export function h(tag, props, ...children) {
	return fill(document.createElement(tag), props, children);
}

export function s(tag, props, ...children) {
	return fill(document.createElementNS(SVG, tag), props, children);
}

export function byId(id) {
	return document.getElementById(id);
}

// Text that changes each second: only where it differs, so that nothing is laid out anew.
export function setText(node, text) {
	if (node && node.textContent !== text) node.textContent = text;
}

// Puts new content in place of the old; what has the focus, and what is unfolded, stays so.
export function replace(parent, ...children) {
	const key =
		document.activeElement && parent.contains(document.activeElement)
			? document.activeElement.getAttribute("data-key")
			: null;
	const open = new Set();

	for (const details of parent.querySelectorAll("details[data-key]"))
		if (details.open) open.add(details.getAttribute("data-key"));
	parent.replaceChildren();
	append(parent, children);
	for (const details of parent.querySelectorAll("details[data-key]"))
		if (open.has(details.getAttribute("data-key"))) details.open = true;
	if (key) {
		const node = parent.querySelector(`[data-key="${CSS.escape(key)}"]`);

		if (node) node.focus({ preventScroll: true });
	}
}
