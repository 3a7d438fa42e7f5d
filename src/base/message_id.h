/*
 * The kinds of events that a machine may wait for in systemd's journal, each with its
 * 128-bit MESSAGE_ID= (systemd.journal-fields(7)). They are an interface: an id is never
 * changed and never used again for something else. systemd/tocsin.catalog explains each of
 * them for journalctl -x, and tocsind(8) lists them; tests/scripts/messages.sh holds all
 * three to each other.
 */
#ifndef TOCSIN_BASE_MESSAGE_ID_H
#define TOCSIN_BASE_MESSAGE_ID_H

enum message {
	MESSAGE_NONE,			/* a line of no kind */
	MESSAGE_STARTED,
	MESSAGE_STOPPED,
	MESSAGE_RELOADED,
	MESSAGE_RELOAD_REFUSED,
	MESSAGE_AWAY,			/* was, and steps should have fired meanwhile */
	MESSAGE_INCIDENT_OPENED,
	MESSAGE_DRILL_STARTED,
	MESSAGE_DRILL_ENDED,
	MESSAGE_CLOCK_OVERDUE,
	MESSAGE_STEP_LATE,
	MESSAGE_DELIVERY_REFUSED,	/* for good */
	MESSAGE_CHANNEL_DOWN,
	MESSAGE_CHANNEL_UP,
	MESSAGE_COURIER_LOST,
	MESSAGE_DISK_FULL,
	MESSAGE_DISK_ROOM,		/* there is room again */
	MESSAGE_STORE_ERROR,
	MESSAGE_STORE_WORKS,		/* again */
	MESSAGE_TIME_STEPPED,
	MESSAGE_TIME_UNSYNCHRONISED,
	MESSAGE_TIME_SYNCHRONISED,
	MESSAGE_SOURCE_SILENT,
	MESSAGE_SOURCE_HEARD,
	MESSAGE_KINDS
};

/* 32 lower-case hex digits; NULL for MESSAGE_NONE. */
const char *message_id(enum message message);

#endif
