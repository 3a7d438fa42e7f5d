# 100,000 questions for the calculator: awareness over the years, in zones of the
# EU, half of them with the notification filed.
BEGIN {
	split("DE FR IE PT GR FI RO ES", country)
	for (i = 0; i < 100000; i++) {
		aware = sprintf("%04d-%02d-%02dT%02d:%02d:00Z", 2026 + i % 14, 1 + i % 12,
			1 + i % 28, i % 24, (i * 7) % 60)
		printf "{\"regime\":\"nis2\",\"country\":\"%s\",\"events\":{\"aware\":\"%s\"}", \
			country[1 + i % 8], aware
		if (i % 2)
			printf ",\"filings\":{\"notification\":\"%s\"}", aware
		print "}"
	}
}
