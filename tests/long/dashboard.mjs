// A whole incident by the dashboard, from an alert to the final report: by keyboard, in the
// viewer's zone, on a phone and on a wall, with an accessibility scan of each page.

import assert from "node:assert/strict";
import fs from "node:fs";
import { chromium } from "playwright-core";

const { BASE, TOKEN, SCREENS } = process.env;
const axe = fs.readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const MINUTE = 60000;
const troubles = [];

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM,
	args: ["--no-sandbox"],
});
const context = await browser.newContext({
	viewport: { width: 1280, height: 900 },
	timezoneId: "Europe/Athens",
});
const page = await context.newPage();

page.setDefaultTimeout(10000);
page.on("pageerror", (e) => troubles.push(`error: ${e.message}`));
page.on("console", (m) => {
	// An answer that refuses is one; a policy that was broken is none.
	if (
		m.type() === "error" &&
		!m.text().startsWith("Failed to load resource: the server responded with a status of 4")
	)
		troubles.push(`console: ${m.text()}`);
});
page.on("request", (r) => {
	if (!r.url().startsWith(BASE)) troubles.push(`left the site: ${r.url()}`);
});

async function scan(what) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run());
	const bad = found.violations.filter((v) => v.impact === "serious" || v.impact === "critical");

	assert.deepEqual(
		bad.map((v) => `${v.id}: ${v.nodes[0].html}`),
		[],
		what
	);
}

async function fits(width, what) {
	await page.setViewportSize({ width, height: 900 });
	await page.waitForTimeout(300);
	assert.ok(
		(await page.evaluate(() => document.documentElement.scrollWidth)) <= width,
		`${what} is wider than ${width}`
	);
	await page.screenshot({ path: `${SCREENS}/${what}-${width}.png`, fullPage: true });
}

// In the page's zone, as the field has it.
function local(at) {
	return page.evaluate((t) => {
		const d = new Date(t),
			two = (n) => String(n).padStart(2, "0");

		return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
	}, at);
}

const row = (words) => page.locator(".clock", { hasText: words });

// ---- signing in, by keyboard alone ---------------------------------------------------------

await page.goto(BASE);
await page.waitForSelector("#token:visible");
await scan("signing in");
await page.keyboard.type("no such token at all");
await page.keyboard.press("Enter");
await page.waitForFunction(() =>
	document.querySelector("#sign-in-error").textContent.includes("no such token")
);
await page.fill("#token", TOKEN);
await page.keyboard.press("Enter");
await page.waitForSelector(".clock");
const [cookie] = await context.cookies();
assert.ok(cookie.httpOnly && cookie.sameSite === "Strict");
assert.equal(await page.evaluate(() => document.cookie), "");

// ---- the board -------------------------------------------------------------------------------

assert.ok(
	(await page.textContent("main")).includes("Ransom <img src=x onerror="),
	"markup is text"
);
assert.equal(await page.locator("main img").count(), 0);
const overdue = page.locator('.clock[data-urgency="overdue"]').first();
assert.ok((await overdue.textContent()).includes("OVERDUE by"), "in words, not by colour");
assert.match(await page.title(), /^\([0-9]+ OVERDUE\) tocsin$/);
const value = page.locator(".suspected .left-value").first();
const before = await value.textContent();
await page.waitForTimeout(2200);
assert.notEqual(await value.textContent(), before, "it counts down");
assert.ok((await value.textContent()) < before);
assert.match(
	await row("Assessment").first().textContent(),
	/due \w{3} .*\d\d:\d\d .*UTC/,
	"UTC beside the viewer's zone"
);
assert.ok((await page.textContent(".drills")).includes("DRILL"));
await scan("the board");
assert.equal(
	await page.locator('[data-health="down"]', { hasText: "hook DOWN since" }).count(),
	1,
	"the channel that is down, in words"
);
await fits(320, "board");
await fits(768, "board");
await fits(1920, "board");

// From four metres: a countdown is large, and nothing leaves its box.
const sizes = await page.evaluate(() =>
	[...document.querySelectorAll(".left-value")].map((n) => ({
		words: n.textContent,
		size: parseFloat(getComputedStyle(n).fontSize),
		over: n.getBoundingClientRect().right - n.closest(".head").getBoundingClientRect().right,
	}))
);
for (const { words, size, over } of sizes) {
	assert.ok(over <= 0, `${words} leaves its box by ${over} px`);
	assert.ok(
		size >= (words.length > 13 ? 40 : words.includes("d") ? 48 : 64),
		`${words}: ${size} px`
	);
}

// No label of a picture lies on another one.
async function labelsPart(what) {
	const crossed = await page.evaluate(() =>
		[...document.querySelectorAll("svg.timeline")].flatMap((svg) => {
			const boxes = [...svg.querySelectorAll("text")].map((t) => [
				t.textContent,
				t.getBBox(),
			]);

			return boxes.flatMap(([a, p], i) =>
				boxes
					.slice(i + 1)
					.filter(
						([, q]) =>
							Math.min(p.x + p.width, q.x + q.width) - Math.max(p.x, q.x) > 1 &&
							Math.min(p.y + p.height, q.y + q.height) - Math.max(p.y, q.y) > 4
					)
					.map(([b]) => `${a} / ${b}`)
			);
		})
	);

	assert.deepEqual(crossed, [], what);
}
await labelsPart("the board");
await page.emulateMedia({ colorScheme: "dark" });
await page.waitForTimeout(200);
await scan("the board in the dark");
await page.screenshot({ path: `${SCREENS}/board-dark.png`, fullPage: true });
await page.emulateMedia({ colorScheme: "light" });
await page.setViewportSize({ width: 1280, height: 900 });

// ---- the skip link, and a dialog by keyboard ---------------------------------------------------

await page.evaluate(() => document.body.focus());
await page.reload();
await page.waitForSelector(".clock");
await page.keyboard.press("Tab");
assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
const dismiss = page.locator(".suspected button", { hasText: "Dismiss" }).first();
await dismiss.focus();
await page.keyboard.press("Enter");
await page.waitForSelector("dialog[open]");
await page.waitForFunction(() =>
	document.querySelector(".effect").textContent.includes("dismissed")
);
await page.keyboard.press("Escape");
assert.equal(await page.locator("dialog[open]").count(), 0);
assert.equal(
	await page.evaluate(() => document.activeElement.textContent),
	"Dismiss",
	"the focus comes back"
);

// ---- a suspected one is dismissed, by keyboard alone ------------------------------------------

async function tabTo(words) {
	for (let i = 0; i < 120; i++) {
		await page.keyboard.press("Tab");
		if (
			await page.evaluate(
				(name) =>
					(
						document.activeElement.getAttribute("aria-label") ||
						document.activeElement.textContent
					).startsWith(name),
				words
			)
		)
			return;
	}
	assert.fail(`no Tab leads to ${words}`);
}

await page.evaluate(() => document.querySelector("main").focus());
await tabTo("Acknowledge: NIS2 early warning");
await page.keyboard.press("Enter");
await page.waitForSelector("dialog[open]");
await page.waitForFunction(() =>
	/Reminders that may wait do so until .*UTC/.test(document.querySelector(".effect").textContent)
);
await page.keyboard.type("k.board");
await page.keyboard.press("Enter");
await page.waitForFunction(() => !document.querySelector("dialog[open]"));
await page.waitForFunction(() =>
	document.querySelector("main").textContent.includes("acknowledged until")
);

// ---- a held correction, and what only some data have --------------------------------------------

await page.locator(".clock button", { hasText: "Confirm" }).first().click();
await page.waitForSelector("dialog[open]");
await page.waitForFunction(() => / moves to /.test(document.querySelector(".effect").textContent));
await page.fill('dialog [data-name="by"]', "second.person");
await page.screenshot({ path: `${SCREENS}/dialog.png` });
await page.keyboard.press("Escape");
await page.route("**/v1/status", async (route) => {
	const answer = await route.fetch(),
		status = await answer.json();

	status.sources[0] = { ...status.sources[0], state: "silent", heard_at: "2026-01-01T00:00:00Z" };
	await route.fulfill({ response: answer, json: status });
});
await page.route("**/v1/incidents?limit=*", async (route) => {
	const answer = await route.fetch(),
		list = await answer.json();

	list.incidents[0] = { ...list.incidents[0], storm: true, similar: [1, 2] };
	await route.fulfill({ response: answer, json: list });
});
await page.reload();
await page.waitForFunction(() => {
	const words = document.querySelector("main").textContent;

	return (
		words.includes("wazuh SILENT") &&
		words.includes("Similar to #1, #2") &&
		words.includes("Storm:")
	);
});
await page.unroute("**/v1/status");
await page.unroute("**/v1/incidents?limit=*");
await page.locator(".incident a", { hasText: "An exercise" }).click();
await page.waitForSelector("#drill");
assert.match(await page.textContent("section:has(#drill)"), /It goes on/);
await record("Dismiss", { basis: "It was practised.", by: "j.doe" }, "incident becomes dismissed");
await page.waitForFunction(
	() => document.querySelector(".page .state").textContent === "dismissed"
);
await page.goto(BASE);
await page.waitForSelector(".clock");

// ---- one incident, to its end --------------------------------------------------------------------

const now = Date.now();
await page.locator(".incident a", { hasText: "Ransom" }).click();
await page.waitForSelector("#title");

async function record(button, values, effect) {
	await page.locator(".page button", { hasText: button }).first().click();
	await page.waitForSelector("dialog[open]");
	for (const [name, given] of Object.entries(values)) {
		const field = page.locator(`dialog [data-name="${name}"]`);

		if (name === "clock") await field.selectOption(given);
		else await field.fill(given);
	}
	await page.waitForFunction(
		(words) => new RegExp(words).test(document.querySelector(".effect").textContent),
		effect
	);
	if (button === "Record a filing") await scan("a dialog");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => !document.querySelector("dialog[open]"));
	await page.waitForFunction(() =>
		document.querySelector("#announce").textContent.startsWith("Recorded")
	);
	await page.waitForTimeout(400);
}

const filing = (stage, at, n) => ({
	clock: `nis2 ${stage}`,
	filed_at: at,
	by: "d.po",
	recipient: "BSI",
	reference: `BSI-${n}`,
});

// Enter must record from the last field, so the last one filled is one of a single line.
await record(
	"Record awareness",
	{ at: await local(now - 180 * MINUTE), basis: "The analyst saw encryption.", by: "j.doe" },
	"early warning starts, due .*UTC"
);
await row("NIS2 early warning").waitFor();
await record(
	"Record a filing",
	filing("early-warning", await local(now - 120 * MINUTE), 1),
	"early warning is filed"
);
await record(
	"Record a filing",
	filing("notification", await local(now - 60 * MINUTE), 2),
	"final report starts, due [0-9]+ \\w+ [0-9]{4} at"
);
await record(
	"Handled",
	{ at: await local(now - 30 * MINUTE), basis: "Restored.", by: "j.doe" },
	"."
);
await scan("an incident");
await fits(320, "incident");
await fits(1920, "incident");
await labelsPart("an incident");
await page.locator("summary", { hasText: "How this was found" }).first().click();
assert.match(await page.textContent(".clock details[open]"), /Art\. 23/, "the law it is by");
assert.equal(await page.locator("svg.timeline").count(), 1);
assert.equal(await page.locator(".timeline .t-filed").count(), 2, "what is filed is drawn");
assert.ok((await page.textContent("#deliveries ~ *")).includes("screen"), "deliveries");
assert.ok((await page.textContent("section:has(#route)")).includes("BSI"), "where to file");
await record(
	"Record a filing",
	filing("final-report", await local(now), 3),
	"final report is filed"
);
await page.waitForFunction(() => document.querySelector(".page .state").textContent === "closed");
const draft = await context.newPage();
await draft.goto(
	await page
		.locator("a", { hasText: "to print" })
		.last()
		.getAttribute("href")
		.then((h) => BASE + h)
);
assert.ok((await draft.textContent("h1")).startsWith("Draft: "));
await draft.close();

// ---- what is known for the reports -----------------------------------------------------------

await page.locator(".page button", { hasText: "Details" }).click();
await page.selectOption('dialog [data-name="name"]', "root-cause");
await page.fill('dialog [data-name="value"]', "A stolen password.");
await page.selectOption('dialog [data-name="certainty"]', "estimate");
await page.click("dialog button[type=submit]");
await page.waitForFunction(() =>
	document.querySelector("section:has(#details)").textContent.includes("A stolen password.")
);

// ---- a session that has ended elsewhere ----------------------------------------------------------

const ended = await page.request.delete(`${BASE}v1/session`, {
	headers: { "X-Tocsin-Session": "1" },
});
assert.equal(ended.status(), 204);
await page.waitForSelector("#token:visible", { timeout: 15000 });
assert.match(await page.textContent("#sign-in-error"), /signed out/);
assert.equal(await page.locator(".clock").count(), 0, "nothing is left to be read");
await page.fill("#token", TOKEN);
await page.keyboard.press("Enter");
await page.waitForSelector(".clock");

// ---- out ---------------------------------------------------------------------------------------------

await page.locator("#sign-out").click();
await page.waitForSelector("#token:visible");
assert.equal(await page.locator(".clock").count(), 0, "nothing stays behind");
assert.equal((await context.cookies()).length, 0);
await page.reload();
await page.waitForSelector("#token:visible");
assert.deepEqual(troubles, []);
await browser.close();
console.log(
	"dashboard: one incident from an alert to its final report; no serious finding of axe-core"
);
process.exit(0);
