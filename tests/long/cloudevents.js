// Events as the CloudEvents SDK for JavaScript sends them: node cloudevents.js URL. Its
// transport keeps the answer's body and not its status, so that is printed, one a line.
const { CloudEvent, HTTP, Mode, emitterFor, httpTransport } = require("cloudevents");

const post = httpTransport(process.argv[2]);
const binary = emitterFor(post, { binding: HTTP, mode: Mode.BINARY });
const structured = emitterFor(post, { binding: HTTP, mode: Mode.STRUCTURED });

function event(id, more) {
	return new CloudEvent({ id, source: "/siem/nord", type: "com.example.alert",
		time: "2026-05-04T06:07:08.250Z", subject: "étage " + id, traceparent: "00-" + id,
		data: { title: "Beacon " + id, severity: "high" }, ...more });
}

// It reads batches and makes none; what its transport takes is a message.
function batch(...events) {
	return post({ headers: { "content-type": "application/cloudevents-batch+json; charset=utf-8" },
		body: JSON.stringify(events) });
}

async function main() {
	const text = { datacontenttype: "text/plain", data: "no JSON at all" };
	const bytes = { datacontenttype: "application/octet-stream", data: Buffer.from([0, 255, 1]) };
	const answers = [
		await binary(event("1")),
		await binary(event("2", text)),
		await binary(event("3", bytes)),
		await structured(event("4")),
		await structured(event("5", text)),
		await structured(event("6", bytes)),
		await structured(event("1")),
		await batch(event("7"), event("8"), event("4")),
	];
	for (const answer of answers)
		console.log(JSON.stringify(answer.body));
}

main();
