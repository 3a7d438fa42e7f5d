// A feed as node-ical reads it: one line of JSON for each event, by UID.

import fs from "node:fs";
import ical from "node-ical";

const events = Object.values(ical.sync.parseICS(fs.readFileSync(process.argv[2], "utf8")))
	.filter((e) => e.type === "VEVENT")
	.map((e) => ({
		uid: e.uid,
		summary: e.summary,
		start: e.start.toISOString(),
		sequence: Number(e.sequence),
		status: e.status || "",
	}));

console.log(JSON.stringify(events));
