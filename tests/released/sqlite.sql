BEGIN TRANSACTION;
CREATE TABLE choices (
	scope VARCHAR(8) NOT NULL, 
	place_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	provider VARCHAR(32) NOT NULL, 
	model VARCHAR(200), 
	PRIMARY KEY (scope, place_id, user_id)
);
INSERT INTO "choices" VALUES('me',1575239956861812736,1575239956861812739,'openai',NULL);
INSERT INTO "choices" VALUES('channel',1575239956861812738,0,'mistral',NULL);
INSERT INTO "choices" VALUES('server',1575239956861812736,0,'openai',NULL);
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	owner_id BIGINT NOT NULL, 
	guild_id BIGINT, 
	channel_id BIGINT, 
	zone VARCHAR(64), 
	rule TEXT, 
	wall_time VARCHAR(32), 
	next_run BIGINT NOT NULL, 
	visible_at BIGINT NOT NULL, 
	lease_by VARCHAR(64), 
	attempts INTEGER NOT NULL, 
	failures INTEGER NOT NULL, 
	crashes INTEGER NOT NULL, 
	first_claimed_at BIGINT, 
	state VARCHAR(8) NOT NULL, 
	reason TEXT, 
	payload TEXT NOT NULL, 
	draft TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('15dc6065a3400000','reminder',1575239956861812739,1575239956861812736,1575239956861812738,'Europe/Berlin',NULL,'2035-05-03T09:00:00',2061788400000000,2061788400000000,NULL,0,0,0,NULL,'active',NULL,'{"text":"water the plants \ud83c\udf31","link":null}','{}',1795636872854675,1);
INSERT INTO "jobs" VALUES('15dc6065a7800000','reminder',1575239956861812739,1575239956861812736,1575239956861812738,'Europe/Berlin','FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR','2026-11-26T08:30:00',1795678200000000,1795678200000000,NULL,0,0,0,NULL,'active',NULL,'{"text":"stand-up","link":null}','{}',1795636872867559,1);
INSERT INTO "jobs" VALUES('15dc6065aa400000','reminder',1575239956861812739,1575239956861812736,1575239956861812738,'Europe/Berlin',NULL,'2035-05-04T09:00:00',2061874800000000,2061874800000000,NULL,0,0,0,NULL,'parked','Discord refused it','{"text":"parked one","link":null}','{}',1795636872876337,1);
INSERT INTO "jobs" VALUES('15dc6065ad000000','reminder',1575239956861812739,1575239956861812736,1575239956861812738,'Europe/Berlin',NULL,'2035-05-05T09:00:00',2061961200000000,2061961200000000,NULL,0,0,0,NULL,'paused',NULL,'{"text":"paused one","link":null}','{}',1795636872888468,1);
INSERT INTO "jobs" VALUES('15dc6065b0400000','digest',1575239956861812739,1575239956861812736,1575239959533584384,'Europe/Berlin','FREQ=DAILY','2026-11-26T18:00:00',1795712400000000,1795712400000000,NULL,0,0,0,NULL,'active',NULL,'{"source":1575239956861812738,"minimum":1,"zone":"Europe/Berlin","seen":1574877571739287552}','{}',1795636872913441,1);
INSERT INTO "jobs" VALUES('15dc6065b5c00000','answer',1575239956861812739,1575239956861812736,1575239956861812738,NULL,NULL,NULL,1795636872921076,1795636872946594,NULL,1,0,0,1795636872921076,'settled',NULL,'{"question":{"prompt":"why is the sky blue?","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239956828258304,"token":"","interaction_id":1575239959630053376,"channel_id":1575239956861812738,"guild_id":1575239956861812736,"user_id":1575239956861812739,"private":false,"expires_at":1795637712.920823,"heading":"> **alice:** why is the sky blue?"}}','{"heard":{"text":"A short answer.","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":"stop"},"screen":{"messages":["1575239959646830592"],"left":0,"base":0,"read":15,"surplus":[]},"message_id":"1575239959646830592"}',1795636872921076,1);
INSERT INTO "jobs" VALUES('15dc6065bc400000','answer',1575239956861812740,1575239956861812736,1575239956861812738,NULL,NULL,NULL,1795636872946414,1795636917946849,'host:1:00000000',1,0,0,1795636872946414,'running',NULL,'{"question":{"prompt":"count to three","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239956828258304,"token":"an-interaction-token","interaction_id":1575239959739105280,"channel_id":1575239956861812738,"guild_id":1575239956861812736,"user_id":1575239956861812740,"private":false,"expires_at":1795637712.9462605,"heading":"> **bob:** count to three"}}','{"heard":{"text":"One, two,","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":null},"screen":{"messages":["1575239959751688192"],"left":0,"base":0,"read":9,"surplus":[]}}',1795636872946414,1);
INSERT INTO "jobs" VALUES('0000000000000000','answer',1575239956861812740,1575239956861812736,1575239956861812738,NULL,NULL,NULL,1795636872946414,1795636917946849,NULL,1,0,0,1795636872946414,'active',NULL,'{"question":{"prompt":"count to three","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239956828258304,"token":"an-interaction-token","interaction_id":1575239959739105280,"channel_id":1575239956861812738,"guild_id":1575239956861812736,"user_id":1575239956861812740,"private":false,"expires_at":1795637712.9462605,"heading":"> **bob:** count to three"}}','{"heard":{"text":"One, two,","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":null},"screen":{"messages":["1575239959751688192"],"left":0,"base":0,"read":9,"surplus":[]}}',1795636872946414,1);
INSERT INTO "jobs" VALUES('0000000000000001','answer',1575239956861812740,1575239956861812736,1575239956861812738,NULL,NULL,NULL,1795636872946414,1795636917946849,NULL,1,0,0,1795636872946414,'parked','two tries','{"question":{"prompt":"count to three","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239956828258304,"token":"an-interaction-token","interaction_id":1575239959739105280,"channel_id":1575239956861812738,"guild_id":1575239956861812736,"user_id":1575239956861812740,"private":false,"expires_at":1795637712.9462605,"heading":"> **bob:** count to three"}}','{"heard":{"text":"One, two,","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":null},"screen":{"messages":["1575239959751688192"],"left":0,"base":0,"read":9,"surplus":[]}}',1795636872946414,1);
INSERT INTO "jobs" VALUES('0000000000000002','answer',1575239956861812740,1575239956861812736,1575239956861812738,NULL,NULL,NULL,1795636872946414,1795636917946849,NULL,1,0,0,1795636872946414,'paused',NULL,'{"question":{"prompt":"count to three","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239956828258304,"token":"an-interaction-token","interaction_id":1575239959739105280,"channel_id":1575239956861812738,"guild_id":1575239956861812736,"user_id":1575239956861812740,"private":false,"expires_at":1795637712.9462605,"heading":"> **bob:** count to three"}}','{"heard":{"text":"One, two,","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":null},"screen":{"messages":["1575239959751688192"],"left":0,"base":0,"read":9,"surplus":[]}}',1795636872946414,1);
CREATE TABLE jobs_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT jobs_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "jobs_version" VALUES('0002');
CREATE TABLE zones (
	user_id BIGINT NOT NULL, 
	zone VARCHAR(64) NOT NULL, 
	PRIMARY KEY (user_id)
);
INSERT INTO "zones" VALUES(1575239956861812739,'Europe/Berlin');
CREATE INDEX jobs_waiting ON jobs (kind, visible_at) WHERE state IN ('active', 'running');
CREATE INDEX jobs_of_owner ON jobs (owner_id, next_run);
CREATE INDEX jobs_of_guild ON jobs (guild_id, kind) WHERE guild_id IS NOT NULL;
COMMIT;
