SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.choices (
    scope character varying(8) NOT NULL,
    place_id bigint NOT NULL,
    user_id bigint NOT NULL,
    provider character varying(32) NOT NULL,
    model character varying(200)
);
CREATE TABLE public.jobs (
    id character varying(32) NOT NULL,
    kind character varying(32) NOT NULL,
    owner_id bigint NOT NULL,
    guild_id bigint,
    channel_id bigint,
    zone character varying(64),
    rule text,
    wall_time character varying(32),
    next_run bigint NOT NULL,
    visible_at bigint NOT NULL,
    lease_by character varying(64),
    attempts integer NOT NULL,
    failures integer NOT NULL,
    crashes integer NOT NULL,
    first_claimed_at bigint,
    state character varying(8) NOT NULL,
    reason text,
    payload text NOT NULL,
    draft text NOT NULL,
    created_at bigint NOT NULL,
    version integer NOT NULL
);
CREATE TABLE public.jobs_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.zones (
    user_id bigint NOT NULL,
    zone character varying(64) NOT NULL
);
INSERT INTO public.choices VALUES ('me', 1575239968823967744, 1575239968823967747, 'openai', NULL);
INSERT INTO public.choices VALUES ('channel', 1575239968823967746, 0, 'mistral', NULL);
INSERT INTO public.choices VALUES ('server', 1575239968823967744, 0, 'openai', NULL);
INSERT INTO public.jobs VALUES ('15dc606809c00000', 'reminder', 1575239968823967747, 1575239968823967744, 1575239968823967746, 'Europe/Berlin', NULL, '2035-05-03T09:00:00', 2061788400000000, 2061788400000000, NULL, 0, 0, 0, NULL, 'active', NULL, '{"text":"water the plants \ud83c\udf31","link":null}', '{}', 1795636875308717, 1);
INSERT INTO public.jobs VALUES ('15dc60680d400000', 'reminder', 1575239968823967747, 1575239968823967744, 1575239968823967746, 'Europe/Berlin', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', '2026-11-26T08:30:00', 1795678200000000, 1795678200000000, NULL, 0, 0, 0, NULL, 'active', NULL, '{"text":"stand-up","link":null}', '{}', 1795636875322094, 1);
INSERT INTO public.jobs VALUES ('15dc606816000001', 'digest', 1575239968823967747, 1575239968823967744, 1575239969834795008, 'Europe/Berlin', 'FREQ=DAILY', '2026-11-26T18:00:00', 1795712400000000, 1795712400000000, NULL, 0, 0, 0, NULL, 'active', NULL, '{"source":1575239968823967746,"minimum":1,"zone":"Europe/Berlin","seen":1574877582090829824}', '{}', 1795636875381203, 1);
INSERT INTO public.jobs VALUES ('15dc60681e000000', 'answer', 1575239968823967747, 1575239968823967744, 1575239968823967746, NULL, NULL, NULL, 1795636875385401, 1795636875413507, NULL, 1, 0, 0, 1795636875385401, 'settled', NULL, '{"question":{"prompt":"why is the sky blue?","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239968773636096,"token":"","interaction_id":1575239969969012736,"channel_id":1575239968823967746,"guild_id":1575239968823967744,"user_id":1575239968823967747,"private":false,"expires_at":1795637715.3852,"heading":"> **alice:** why is the sky blue?"}}', '{"heard":{"text":"A short answer.","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":"stop"},"screen":{"messages":["1575239969998372864"],"left":0,"base":0,"read":15,"surplus":[]},"message_id":"1575239969998372864"}', 1795636875385401, 1);
INSERT INTO public.jobs VALUES ('15dc606824c00000', 'answer', 1575239968823967748, 1575239968823967744, 1575239968823967746, NULL, NULL, NULL, 1795636875412912, 1795636920414398, 'host:1:00000000', 1, 0, 0, 1795636875412912, 'running', NULL, '{"question":{"prompt":"count to three","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239968773636096,"token":"an-interaction-token","interaction_id":1575239970082258944,"channel_id":1575239968823967746,"guild_id":1575239968823967744,"user_id":1575239968823967748,"private":false,"expires_at":1795637715.4126868,"heading":"> **bob:** count to three"}}', '{"heard":{"text":"One, two,","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":null},"screen":{"messages":["1575239970099036160"],"left":0,"base":0,"read":9,"surplus":[]}}', 1795636875412912, 1);
INSERT INTO public.jobs VALUES ('15dc60680fc00000', 'reminder', 1575239968823967747, 1575239968823967744, 1575239968823967746, 'Europe/Berlin', NULL, '2035-05-04T09:00:00', 2061874800000000, 2061874800000000, NULL, 0, 0, 0, NULL, 'parked', 'Discord refused it', '{"text":"parked one","link":null}', '{}', 1795636875332064, 1);
INSERT INTO public.jobs VALUES ('15dc606812400000', 'reminder', 1575239968823967747, 1575239968823967744, 1575239968823967746, 'Europe/Berlin', NULL, '2035-05-05T09:00:00', 2061961200000000, 2061961200000000, NULL, 0, 0, 0, NULL, 'paused', NULL, '{"text":"paused one","link":null}', '{}', 1795636875342091, 1);
INSERT INTO public.jobs VALUES ('0000000000000000', 'answer', 1575239968823967748, 1575239968823967744, 1575239968823967746, NULL, NULL, NULL, 1795636875412912, 1795636920414398, NULL, 1, 0, 0, 1795636875412912, 'active', NULL, '{"question":{"prompt":"count to three","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239968773636096,"token":"an-interaction-token","interaction_id":1575239970082258944,"channel_id":1575239968823967746,"guild_id":1575239968823967744,"user_id":1575239968823967748,"private":false,"expires_at":1795637715.4126868,"heading":"> **bob:** count to three"}}', '{"heard":{"text":"One, two,","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":null},"screen":{"messages":["1575239970099036160"],"left":0,"base":0,"read":9,"surplus":[]}}', 1795636875412912, 1);
INSERT INTO public.jobs VALUES ('0000000000000001', 'answer', 1575239968823967748, 1575239968823967744, 1575239968823967746, NULL, NULL, NULL, 1795636875412912, 1795636920414398, NULL, 1, 0, 0, 1795636875412912, 'parked', 'two tries', '{"question":{"prompt":"count to three","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239968773636096,"token":"an-interaction-token","interaction_id":1575239970082258944,"channel_id":1575239968823967746,"guild_id":1575239968823967744,"user_id":1575239968823967748,"private":false,"expires_at":1795637715.4126868,"heading":"> **bob:** count to three"}}', '{"heard":{"text":"One, two,","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":null},"screen":{"messages":["1575239970099036160"],"left":0,"base":0,"read":9,"surplus":[]}}', 1795636875412912, 1);
INSERT INTO public.jobs VALUES ('0000000000000002', 'answer', 1575239968823967748, 1575239968823967744, 1575239968823967746, NULL, NULL, NULL, 1795636875412912, 1795636920414398, NULL, 1, 0, 0, 1795636875412912, 'paused', NULL, '{"question":{"prompt":"count to three","provider":"openai","model":null,"so_far":"","instructions":""},"origin":{"application_id":1575239968773636096,"token":"an-interaction-token","interaction_id":1575239970082258944,"channel_id":1575239968823967746,"guild_id":1575239968823967744,"user_id":1575239968823967748,"private":false,"expires_at":1795637715.4126868,"heading":"> **bob:** count to three"}}', '{"heard":{"text":"One, two,","reasoning":"","provider":"openai","model":"sandbox-small","finish_reason":null},"screen":{"messages":["1575239970099036160"],"left":0,"base":0,"read":9,"surplus":[]}}', 1795636875412912, 1);
INSERT INTO public.jobs_version VALUES ('0002');
INSERT INTO public.zones VALUES (1575239968823967747, 'Europe/Berlin');
ALTER TABLE ONLY public.choices
    ADD CONSTRAINT choices_pkey PRIMARY KEY (scope, place_id, user_id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.jobs_version
    ADD CONSTRAINT jobs_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.zones
    ADD CONSTRAINT zones_pkey PRIMARY KEY (user_id);
CREATE INDEX jobs_of_guild ON public.jobs USING btree (guild_id, kind) WHERE (guild_id IS NOT NULL);
CREATE INDEX jobs_of_owner ON public.jobs USING btree (owner_id, next_run);
CREATE INDEX jobs_waiting ON public.jobs USING btree (kind, visible_at) WHERE ((state)::text = ANY ((ARRAY['active'::character varying, 'running'::character varying])::text[]));
