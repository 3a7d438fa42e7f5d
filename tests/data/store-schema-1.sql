-- A database as the first schema made it, with a row of everything. Never edited:
-- such files are out there, and test_store_migrate opens one.
PRAGMA application_id = 1413698377;

CREATE TABLE incident (
	id INTEGER PRIMARY KEY,
	entity TEXT NOT NULL,
	title TEXT NOT NULL,
	description TEXT,
	severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
	drill INTEGER NOT NULL CHECK (drill IN (0, 1)),
	source TEXT,
	key TEXT,
	alerts INTEGER NOT NULL CHECK (alerts >= 0),
	opened_at INTEGER NOT NULL,
	regimes TEXT,
	traits TEXT,
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
	changed_at INTEGER NOT NULL,
	dismissed_at INTEGER,
	dismissed_by TEXT,
	dismissed_basis TEXT
) STRICT;
CREATE INDEX incident_key ON incident (key, source) WHERE key IS NOT NULL;
CREATE INDEX incident_open ON incident (id) WHERE state = 0 OR state = 1;

CREATE TABLE alert (
	id INTEGER PRIMARY KEY,
	incident INTEGER REFERENCES incident,
	source TEXT NOT NULL,
	key TEXT,
	title TEXT,
	severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
	stated_at INTEGER,
	received_at INTEGER NOT NULL,
	outcome TEXT NOT NULL,
	body BLOB,
	digest TEXT NOT NULL
) STRICT;

CREATE TABLE event (
	id INTEGER PRIMARY KEY,
	incident INTEGER NOT NULL REFERENCES incident,
	type TEXT NOT NULL,
	happened_at INTEGER NOT NULL,
	due_at INTEGER,
	regime TEXT,
	stated_by TEXT NOT NULL,
	basis TEXT,
	recorded_at INTEGER NOT NULL,
	replaced INTEGER NOT NULL CHECK (replaced IN (0, 1))
) STRICT;
CREATE INDEX event_incident ON event (incident);

CREATE TABLE filing (
	id INTEGER PRIMARY KEY,
	incident INTEGER NOT NULL REFERENCES incident,
	regime TEXT NOT NULL,
	stage TEXT NOT NULL,
	filed_at INTEGER NOT NULL,
	received_at INTEGER,
	stated_by TEXT NOT NULL,
	recipient TEXT,
	reference TEXT,
	digest TEXT,
	recorded_at INTEGER NOT NULL,
	replaced INTEGER NOT NULL CHECK (replaced IN (0, 1))
) STRICT;
CREATE INDEX filing_incident ON filing (incident);

CREATE TABLE waiver (
	id INTEGER PRIMARY KEY,
	incident INTEGER NOT NULL REFERENCES incident,
	regime TEXT NOT NULL,
	stage TEXT NOT NULL,
	stated_by TEXT NOT NULL,
	basis TEXT,
	recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX waiver_incident ON waiver (incident);

CREATE TABLE clock (
	id INTEGER PRIMARY KEY,
	incident INTEGER NOT NULL REFERENCES incident,
	regime TEXT NOT NULL,
	stage TEXT NOT NULL,
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
	anchor TEXT,
	anchor_at INTEGER,
	due_at INTEGER,
	nominal_at INTEGER,
	latest_at INTEGER,
	planned_at INTEGER,
	settled_at INTEGER,
	unconfirmed INTEGER NOT NULL CHECK (unconfirmed IN (0, 1)),
	arguable INTEGER NOT NULL CHECK (arguable IN (0, 1)),
	on_request INTEGER NOT NULL CHECK (on_request IN (0, 1)),
	target INTEGER NOT NULL CHECK (target IN (0, 1)),
	reference TEXT,
	rules TEXT,
	derivation TEXT,
	step INTEGER NOT NULL,
	fired_at INTEGER,
	repeats INTEGER NOT NULL,
	held INTEGER NOT NULL CHECK (held IN (0, 1)),
	next_at INTEGER,
	sort_at INTEGER NOT NULL,
	UNIQUE (incident, regime, stage)
) STRICT;
CREATE INDEX clock_sort ON clock (state, sort_at);
CREATE INDEX clock_next ON clock (next_at, due_at)
	WHERE state = 1 AND next_at IS NOT NULL;

CREATE TABLE acknowledgement (
	id INTEGER PRIMARY KEY,
	incident INTEGER NOT NULL REFERENCES incident,
	stage TEXT,
	stated_by TEXT NOT NULL,
	given_at INTEGER NOT NULL,
	until_at INTEGER NOT NULL
) STRICT;
CREATE INDEX acknowledgement_incident ON acknowledgement (incident);

CREATE TABLE delivery (
	id INTEGER PRIMARY KEY,
	incident INTEGER REFERENCES incident,
	regime TEXT,
	stage TEXT,
	kind TEXT NOT NULL,
	step TEXT,
	step_number INTEGER NOT NULL,
	repeat INTEGER NOT NULL,
	channel TEXT NOT NULL,
	recipient TEXT,
	state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
	created_at INTEGER NOT NULL,
	due_at INTEGER,
	next_at INTEGER,
	attempts INTEGER NOT NULL CHECK (attempts >= 0),
	notice TEXT,
	sort_at INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_incident ON delivery (incident);
CREATE INDEX delivery_next ON delivery (channel, next_at)
	WHERE state = 0 AND next_at IS NOT NULL;
CREATE INDEX delivery_sort ON delivery (channel, sort_at, id, next_at)
	WHERE state = 0;
CREATE INDEX delivery_unsettled ON delivery (state, created_at)
	WHERE state = 0 OR state = 1;

CREATE TABLE attempt (
	id INTEGER PRIMARY KEY,
	delivery INTEGER NOT NULL REFERENCES delivery,
	begun_at INTEGER NOT NULL,
	outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 4),
	detail TEXT
) STRICT;
CREATE INDEX attempt_delivery ON attempt (delivery);

CREATE TABLE journal (
	seq INTEGER PRIMARY KEY,
	hash TEXT NOT NULL,
	incident INTEGER,
	line TEXT NOT NULL
) STRICT;
CREATE INDEX journal_incident ON journal (incident) WHERE incident IS NOT NULL;

CREATE TABLE idempotency (
	id INTEGER PRIMARY KEY,
	actor TEXT NOT NULL,
	key TEXT NOT NULL,
	digest TEXT NOT NULL,
	status INTEGER NOT NULL,
	body TEXT,
	made_at INTEGER NOT NULL,
	UNIQUE (actor, key)
) STRICT;
CREATE INDEX idempotency_made ON idempotency (made_at);

CREATE TABLE meta (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 1;

INSERT INTO incident VALUES (1, 'acme-energy', 'Ransomware', NULL, 3, 0, 'wazuh', 'k:1',
	4, 1795252620000, 'nis2 gdpr', 'trust-service', 1, 1795252800000, NULL, NULL, NULL);
INSERT INTO incident VALUES (2, 'acme-water', 'Drill', 'practice', 0, 1, NULL, NULL,
	0, 1795252620000, NULL, NULL, 3, 1795252900000, 1795252900000, 'j.doe', 'a drill');
INSERT INTO alert VALUES (1, 1, 'wazuh', 'k:1', 'Ransomware', 3, NULL, 1795252620000,
	'opened', x'7b7d', '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
INSERT INTO event VALUES (1, 1, 'aware', 1795252500000, NULL, NULL, 'j.doe', 'seen',
	1795252700000, 1);
INSERT INTO event VALUES (2, 1, 'aware', 1795252440000, NULL, NULL, 'j.doe', 'the log',
	1795252710000, 0);
INSERT INTO filing VALUES (1, 1, 'nis2', 'early-warning', 1795252720000, NULL, 'j.doe',
	'BSI', 'R-1', NULL, 1795252730000, 0);
INSERT INTO waiver VALUES (1, 1, 'gdpr', 'notification', 'dpo', 'no personal data',
	1795252740000);
INSERT INTO clock VALUES (1, 1, 'nis2', 'early-warning', 2, 'aware', 1795252440000,
	1795338840000, 1795338840000, 1795338840000, NULL, 1795252720000, 1, 0, 0, 0,
	'Art. 23(4)(a)', 'nis2/2026-01-15', 'aware' || char(10) || '+ PT24H', 1,
	1795252450000, 2, 0, NULL, 1795338840000);
INSERT INTO clock VALUES (2, 1, 'nis2', 'notification', 1, 'aware', 1795252440000,
	1795511640000, 1795511640000, 1795511640000, NULL, NULL, 0, 0, 0, 0,
	'Art. 23(4)(b)', 'nis2/2026-01-15', NULL, -1, NULL, 0, 0, 1795490000000,
	1795511640000);
INSERT INTO acknowledgement VALUES (1, 1, NULL, 'j.doe', 1795252800000, 1795256400000);
INSERT INTO delivery VALUES (1, 1, 'nis2', 'early-warning', 'step', 'start', 0, 0, 'soc',
	NULL, 2, 1795252620000, 1795338840000, NULL, 1, '{}', 1795338840000);
INSERT INTO delivery VALUES (2, 1, 'nis2', 'notification', 'step', 'start', 0, 0, 'mail',
	'soc@example.org', 0, 1795252620000, NULL, 1795252680000, 0, '{}',
	9223372036854775807);
INSERT INTO attempt VALUES (1, 1, 1795252621000, 1, '200');
INSERT INTO idempotency VALUES (1, 'token:ops', 'k-1',
	'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', 201, '{}',
	1795252700000);
INSERT INTO meta VALUES ('store-id', 'k3v9x2ab');
INSERT INTO meta VALUES ('heartbeat-at', '1795252900000');
INSERT INTO journal VALUES (1,
	'6e0e68f8256f2f1c113609349261beeeacd893cc13865a0aca2b004bd58a8347', 1,
	'{"seq":1,"at":"2026-11-21T09:20:00.000Z","kind":"incident.opened","incident":1}');
INSERT INTO journal VALUES (2,
	'de4fe7e42151cdce7552de8e99f9803a761bf0cbbeed9fe284c8a96b404ec8f1', 1,
	'{"seq":2,"at":"2026-11-21T09:21:00.000Z","kind":"event.recorded","incident":1}');
INSERT INTO journal VALUES (3,
	'7fb7cd8f3b74c4dae58963fdb7db367eb6759de36014614bc0d3ec4c15270a17', NULL,
	'{"seq":3,"at":"2026-11-21T09:22:00.000Z","kind":"daemon.stopped"}');
