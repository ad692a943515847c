--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: approvals; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.approvals (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    conversation_id bigint NOT NULL,
    calls jsonb NOT NULL,
    rows jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decision text,
    CONSTRAINT ck_approvals_decision CHECK ((decision = ANY (ARRAY['approved'::text, 'declined'::text, 'dropped'::text, 'expired'::text])))
);


--
-- Name: approvals_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.approvals ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.approvals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: conversations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.conversations (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    title text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: conversations_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.conversations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.conversations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: messages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.messages (
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    tool_calls jsonb DEFAULT '[]'::jsonb NOT NULL,
    answered_by text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    memory jsonb,
    CONSTRAINT ck_messages_role CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text])))
);


--
-- Name: messages_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.messages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tasks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tasks (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    completed boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    idempotency_key text,
    CONSTRAINT ck_tasks_description_length CHECK ((char_length(description) <= 1000)),
    CONSTRAINT ck_tasks_title_length CHECK (((char_length(title) >= 1) AND (char_length(title) <= 200)))
);


--
-- Name: tasks_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.tasks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.tasks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_users_email_lower CHECK ((email = lower(email)))
);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0003');


--
-- Data for Name: approvals; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (1, '30b3c943-5244-4a98-b566-5ad9ad768435', 2, '[{"name": "delete_task", "arguments": {"task_id": 25}}, {"name": "delete_task", "arguments": {"task_id": 26}}]', '[{"id": 25, "title": "One a", "version": "2026-11-27T12:01:56.412411+00:00", "description": ""}, {"id": 26, "title": "One b", "version": "2026-11-27T12:01:56.418507+00:00", "description": ""}]', '2026-11-27 12:01:56.469109+00', '2026-11-27 12:11:56.474958+00', 'approved');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (2, '30b3c943-5244-4a98-b566-5ad9ad768435', 3, '[{"name": "delete_task", "arguments": {"task_id": 27}}, {"name": "delete_task", "arguments": {"task_id": 28}}]', '[{"id": 27, "title": "Two a", "version": "2026-11-27T12:01:56.606083+00:00", "description": ""}, {"id": 28, "title": "Two b", "version": "2026-11-27T12:01:56.612005+00:00", "description": ""}]', '2026-11-27 12:01:56.661134+00', '2026-11-27 12:11:56.664549+00', 'declined');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (3, '30b3c943-5244-4a98-b566-5ad9ad768435', 4, '[{"name": "delete_task", "arguments": {"task_id": 29}}, {"name": "delete_task", "arguments": {"task_id": 30}}]', '[{"id": 29, "title": "Three a", "version": "2026-11-27T12:01:56.682208+00:00", "description": ""}, {"id": 30, "title": "Three b", "version": "2026-11-27T12:01:56.688895+00:00", "description": ""}]', '2026-11-27 12:01:56.734576+00', '2026-11-27 12:11:56.73845+00', 'dropped');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (4, '30b3c943-5244-4a98-b566-5ad9ad768435', 5, '[{"name": "delete_task", "arguments": {"task_id": 31}}, {"name": "delete_task", "arguments": {"task_id": 32}}]', '[{"id": 31, "title": "Four a", "version": "2026-11-27T12:01:56.818317+00:00", "description": ""}, {"id": 32, "title": "Four b", "version": "2026-11-27T12:01:56.823201+00:00", "description": ""}]', '2026-11-27 12:01:56.871661+00', '2026-11-27 12:11:56.875768+00', NULL);
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (5, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 7, '[{"name": "delete_task", "arguments": {"task_id": 34}}, {"name": "delete_task", "arguments": {"task_id": 35}}]', '[{"id": 34, "title": "One a", "version": "2026-11-27T12:01:57.019680+00:00", "description": ""}, {"id": 35, "title": "One b", "version": "2026-11-27T12:01:57.024703+00:00", "description": ""}]', '2026-11-27 12:01:57.073617+00', '2026-11-27 12:11:57.077758+00', 'approved');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (6, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 8, '[{"name": "delete_task", "arguments": {"task_id": 36}}, {"name": "delete_task", "arguments": {"task_id": 37}}]', '[{"id": 36, "title": "Two a", "version": "2026-11-27T12:01:57.171418+00:00", "description": ""}, {"id": 37, "title": "Two b", "version": "2026-11-27T12:01:57.175314+00:00", "description": ""}]', '2026-11-27 12:01:57.217444+00', '2026-11-27 12:11:57.220501+00', 'declined');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (7, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 9, '[{"name": "delete_task", "arguments": {"task_id": 38}}, {"name": "delete_task", "arguments": {"task_id": 39}}]', '[{"id": 38, "title": "Three a", "version": "2026-11-27T12:01:57.235508+00:00", "description": ""}, {"id": 39, "title": "Three b", "version": "2026-11-27T12:01:57.239418+00:00", "description": ""}]', '2026-11-27 12:01:57.283886+00', '2026-11-27 12:11:57.28707+00', 'dropped');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (8, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 10, '[{"name": "delete_task", "arguments": {"task_id": 40}}, {"name": "delete_task", "arguments": {"task_id": 41}}]', '[{"id": 40, "title": "Four a", "version": "2026-11-27T12:01:57.359150+00:00", "description": ""}, {"id": 41, "title": "Four b", "version": "2026-11-27T12:01:57.364036+00:00", "description": ""}]', '2026-11-27 12:01:57.412822+00', '2026-11-27 12:11:57.416852+00', NULL);
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (9, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 12, '[{"name": "delete_task", "arguments": {"task_id": 43}}, {"name": "delete_task", "arguments": {"task_id": 44}}]', '[{"id": 43, "title": "One a", "version": "2026-11-27T12:01:57.547818+00:00", "description": ""}, {"id": 44, "title": "One b", "version": "2026-11-27T12:01:57.551893+00:00", "description": ""}]', '2026-11-27 12:01:57.593546+00', '2026-11-27 12:11:57.596603+00', 'approved');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (10, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 13, '[{"name": "delete_task", "arguments": {"task_id": 45}}, {"name": "delete_task", "arguments": {"task_id": 46}}]', '[{"id": 45, "title": "Two a", "version": "2026-11-27T12:01:57.684971+00:00", "description": ""}, {"id": 46, "title": "Two b", "version": "2026-11-27T12:01:57.689178+00:00", "description": ""}]', '2026-11-27 12:01:57.73449+00', '2026-11-27 12:11:57.738143+00', 'declined');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (11, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 14, '[{"name": "delete_task", "arguments": {"task_id": 47}}, {"name": "delete_task", "arguments": {"task_id": 48}}]', '[{"id": 47, "title": "Three a", "version": "2026-11-27T12:01:57.753159+00:00", "description": ""}, {"id": 48, "title": "Three b", "version": "2026-11-27T12:01:57.758198+00:00", "description": ""}]', '2026-11-27 12:01:57.805424+00', '2026-11-27 12:11:57.808937+00', 'dropped');
INSERT INTO public.approvals OVERRIDING SYSTEM VALUE VALUES (12, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 15, '[{"name": "delete_task", "arguments": {"task_id": 49}}, {"name": "delete_task", "arguments": {"task_id": 50}}]', '[{"id": 49, "title": "Four a", "version": "2026-11-27T12:01:57.877503+00:00", "description": ""}, {"id": 50, "title": "Four b", "version": "2026-11-27T12:01:57.882962+00:00", "description": ""}]', '2026-11-27 12:01:57.930765+00', '2026-11-27 12:11:57.935206+00', NULL);


--
-- Data for Name: conversations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (1, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Add a task to water the plants', '2026-11-27 12:01:56.21561+00', '2026-11-27 12:01:56.398909+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (2, '30b3c943-5244-4a98-b566-5ad9ad768435', 'delete 25 and 26', '2026-11-27 12:01:56.423976+00', '2026-11-27 12:01:56.542158+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (3, '30b3c943-5244-4a98-b566-5ad9ad768435', 'delete 27 and 28', '2026-11-27 12:01:56.618041+00', '2026-11-27 12:01:56.675201+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (4, '30b3c943-5244-4a98-b566-5ad9ad768435', 'delete 29 and 30', '2026-11-27 12:01:56.693866+00', '2026-11-27 12:01:56.806359+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (5, '30b3c943-5244-4a98-b566-5ad9ad768435', 'delete 31 and 32', '2026-11-27 12:01:56.827231+00', '2026-11-27 12:01:56.871661+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (6, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Add a task to water the plants', '2026-11-27 12:01:56.882818+00', '2026-11-27 12:01:57.0099+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (7, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'delete 34 and 35', '2026-11-27 12:01:57.030678+00', '2026-11-27 12:01:57.125112+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (8, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'delete 36 and 37', '2026-11-27 12:01:57.178623+00', '2026-11-27 12:01:57.229835+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (9, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'delete 38 and 39', '2026-11-27 12:01:57.242698+00', '2026-11-27 12:01:57.347258+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (10, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'delete 40 and 41', '2026-11-27 12:01:57.368542+00', '2026-11-27 12:01:57.412822+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (11, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Add a task to water the plants', '2026-11-27 12:01:57.423426+00', '2026-11-27 12:01:57.537847+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (12, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'delete 43 and 44', '2026-11-27 12:01:57.555621+00', '2026-11-27 12:01:57.641466+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (13, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'delete 45 and 46', '2026-11-27 12:01:57.692902+00', '2026-11-27 12:01:57.747479+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (14, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'delete 47 and 48', '2026-11-27 12:01:57.762237+00', '2026-11-27 12:01:57.865558+00');
INSERT INTO public.conversations OVERRIDING SYSTEM VALUE VALUES (15, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'delete 49 and 50', '2026-11-27 12:01:57.888012+00', '2026-11-27 12:01:57.930765+00');


--
-- Data for Name: messages; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (1, 1, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'Add a task to water the plants', '[]', NULL, '2026-11-27 12:01:56.21561+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (18, 5, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', '- Delete task 31, “Four a”, for good
- Delete task 32, “Four b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:56.871661+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (8, 2, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', 'Deleted task 25, “One a”.
Deleted task 26, “One b”.', '[{"ok": true, "key": "cea0644521374d4488de2a52fefee9a6", "name": "delete_task", "before": {"id": 25, "title": "One a", "version": "2026-11-27T12:01:56.412411+00:00", "description": ""}, "result": {"title": "One a", "status": "deleted", "task_id": 25}, "arguments": {"task_id": 25}}, {"ok": true, "key": "a69a4b75b48d48f7b4614f4aa1b4f50c", "name": "delete_task", "before": {"id": 26, "title": "One b", "version": "2026-11-27T12:01:56.418507+00:00", "description": ""}, "result": {"title": "One b", "status": "deleted", "task_id": 26}, "arguments": {"task_id": 26}}]', 'rule-based', '2026-11-27 12:01:56.542158+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (2, 1, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', 'Added “water the plants” as task 24.

(I am the rule-based assistant: no model is configured here.)', '[{"ok": true, "key": "63d94bb1514947a0a17d4f255c4f1d89", "name": "add_task", "result": {"title": "water the plants", "status": "created", "task_id": 24}, "arguments": {"title": "water the plants"}}]', 'rule-based', '2026-11-27 12:01:56.269539+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (3, 1, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'What''s pending?', '[]', NULL, '2026-11-27 12:01:56.334014+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (9, 3, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'delete 27 and 28', '[]', NULL, '2026-11-27 12:01:56.618041+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (4, 1, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', 'You have 8 pending tasks:
- 24: water the plants
- 18: Added once
- 15: Task 8 – “größer” ✓
- 13: Task 7 – “größer” ✓
- 12: Task 6 – “größer” ✓
- 9: Task 5 – “größer” ✓
- 7: Task 4 – “größer” ✓
- 6: Task 3 – “größer” ✓', '[{"ok": true, "name": "list_tasks", "result": {"tasks": [{"id": 24, "title": "water the plants", "completed": false, "description": ""}, {"id": 18, "title": "Added once", "completed": false, "description": ""}, {"id": 15, "title": "Task 8 – “größer” ✓", "completed": false, "description": ""}, {"id": 13, "title": "Task 7 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}, {"id": 12, "title": "Task 6 – “größer” ✓", "completed": false, "description": ""}, {"id": 9, "title": "Task 5 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}, {"id": 7, "title": "Task 4 – “größer” ✓", "completed": false, "description": ""}, {"id": 6, "title": "Task 3 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}], "total": 8}, "arguments": {"status": "pending"}}]', 'rule-based', '2026-11-27 12:01:56.398909+00', '{"shown": [24, 18, 15, 13, 12, 9, 7, 6]}');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (5, 2, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'delete 25 and 26', '[]', NULL, '2026-11-27 12:01:56.423976+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (6, 2, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', '- Delete task 25, “One a”, for good
- Delete task 26, “One b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:56.469109+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (7, 2, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'yes', '[]', NULL, '2026-11-27 12:01:56.483213+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (10, 3, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', '- Delete task 27, “Two a”, for good
- Delete task 28, “Two b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:56.661134+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (16, 4, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', 'You have 12 pending tasks:
- 30: Three b
- 29: Three a
- 28: Two b
- 27: Two a
- 24: water the plants
- 18: Added once
- 15: Task 8 – “größer” ✓
- 13: Task 7 – “größer” ✓
- 12: Task 6 – “größer” ✓
- 9: Task 5 – “größer” ✓
- 7: Task 4 – “größer” ✓
- 6: Task 3 – “größer” ✓

(I have dropped what I asked about before; nothing of it was done.)', '[{"ok": true, "name": "list_tasks", "result": {"tasks": [{"id": 30, "title": "Three b", "completed": false, "description": ""}, {"id": 29, "title": "Three a", "completed": false, "description": ""}, {"id": 28, "title": "Two b", "completed": false, "description": ""}, {"id": 27, "title": "Two a", "completed": false, "description": ""}, {"id": 24, "title": "water the plants", "completed": false, "description": ""}, {"id": 18, "title": "Added once", "completed": false, "description": ""}, {"id": 15, "title": "Task 8 – “größer” ✓", "completed": false, "description": ""}, {"id": 13, "title": "Task 7 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}, {"id": 12, "title": "Task 6 – “größer” ✓", "completed": false, "description": ""}, {"id": 9, "title": "Task 5 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}, {"id": 7, "title": "Task 4 – “größer” ✓", "completed": false, "description": ""}, {"id": 6, "title": "Task 3 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}], "total": 12}, "arguments": {"status": "pending"}}]', 'rule-based', '2026-11-27 12:01:56.806359+00', '{"shown": [30, 29, 28, 27, 24, 18, 15, 13, 12, 9, 7, 6]}');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (11, 3, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'no', '[]', NULL, '2026-11-27 12:01:56.669942+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (12, 3, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', 'All right, I have changed nothing.', '[]', 'rule-based', '2026-11-27 12:01:56.675201+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (13, 4, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'delete 29 and 30', '[]', NULL, '2026-11-27 12:01:56.693866+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (14, 4, '30b3c943-5244-4a98-b566-5ad9ad768435', 'assistant', '- Delete task 29, “Three a”, for good
- Delete task 30, “Three b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:56.734576+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (15, 4, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'What''s pending?', '[]', NULL, '2026-11-27 12:01:56.744025+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (17, 5, '30b3c943-5244-4a98-b566-5ad9ad768435', 'user', 'delete 31 and 32', '[]', NULL, '2026-11-27 12:01:56.827231+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (19, 6, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'Add a task to water the plants', '[]', NULL, '2026-11-27 12:01:56.882818+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (20, 6, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', 'Added “water the plants” as task 33.

(I am the rule-based assistant: no model is configured here.)', '[{"ok": true, "key": "55e0442515de44ee903aa65830ac397e", "name": "add_task", "result": {"title": "water the plants", "status": "created", "task_id": 33}, "arguments": {"title": "water the plants"}}]', 'rule-based', '2026-11-27 12:01:56.924595+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (21, 6, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'What''s pending?', '[]', NULL, '2026-11-27 12:01:56.960849+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (22, 6, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', 'You have 6 pending tasks:
- 33: water the plants
- 20: Added once
- 16: Task 8 – “größer” ✓
- 14: Task 7 – “größer” ✓
- 10: Task 5 – “größer” ✓
- 8: Task 4 – “größer” ✓', '[{"ok": true, "name": "list_tasks", "result": {"tasks": [{"id": 33, "title": "water the plants", "completed": false, "description": ""}, {"id": 20, "title": "Added once", "completed": false, "description": ""}, {"id": 16, "title": "Task 8 – “größer” ✓", "completed": false, "description": ""}, {"id": 14, "title": "Task 7 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}, {"id": 10, "title": "Task 5 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}, {"id": 8, "title": "Task 4 – “größer” ✓", "completed": false, "description": ""}], "total": 6}, "arguments": {"status": "pending"}}]', 'rule-based', '2026-11-27 12:01:57.0099+00', '{"shown": [33, 20, 16, 14, 10, 8]}');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (23, 7, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'delete 34 and 35', '[]', NULL, '2026-11-27 12:01:57.030678+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (24, 7, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', '- Delete task 34, “One a”, for good
- Delete task 35, “One b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:57.073617+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (25, 7, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'yes', '[]', NULL, '2026-11-27 12:01:57.083816+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (33, 9, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'What''s pending?', '[]', NULL, '2026-11-27 12:01:57.291863+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (39, 11, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'What''s pending?', '[]', NULL, '2026-11-27 12:01:57.484954+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (34, 9, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', 'You have 10 pending tasks:
- 39: Three b
- 38: Three a
- 37: Two b
- 36: Two a
- 33: water the plants
- 20: Added once
- 16: Task 8 – “größer” ✓
- 14: Task 7 – “größer” ✓
- 10: Task 5 – “größer” ✓
- 8: Task 4 – “größer” ✓

(I have dropped what I asked about before; nothing of it was done.)', '[{"ok": true, "name": "list_tasks", "result": {"tasks": [{"id": 39, "title": "Three b", "completed": false, "description": ""}, {"id": 38, "title": "Three a", "completed": false, "description": ""}, {"id": 37, "title": "Two b", "completed": false, "description": ""}, {"id": 36, "title": "Two a", "completed": false, "description": ""}, {"id": 33, "title": "water the plants", "completed": false, "description": ""}, {"id": 20, "title": "Added once", "completed": false, "description": ""}, {"id": 16, "title": "Task 8 – “größer” ✓", "completed": false, "description": ""}, {"id": 14, "title": "Task 7 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}, {"id": 10, "title": "Task 5 – “größer” ✓", "completed": false, "description": "line\nline; ''quoted'' \\ $1"}, {"id": 8, "title": "Task 4 – “größer” ✓", "completed": false, "description": ""}], "total": 10}, "arguments": {"status": "pending"}}]', 'rule-based', '2026-11-27 12:01:57.347258+00', '{"shown": [39, 38, 37, 36, 33, 20, 16, 14, 10, 8]}');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (26, 7, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', 'Deleted task 34, “One a”.
Deleted task 35, “One b”.', '[{"ok": true, "key": "3aac21de429947a29ac2d11bf11e668b", "name": "delete_task", "before": {"id": 34, "title": "One a", "version": "2026-11-27T12:01:57.019680+00:00", "description": ""}, "result": {"title": "One a", "status": "deleted", "task_id": 34}, "arguments": {"task_id": 34}}, {"ok": true, "key": "8705d6c65cdb4ba5a5a1cfa59eaf7e03", "name": "delete_task", "before": {"id": 35, "title": "One b", "version": "2026-11-27T12:01:57.024703+00:00", "description": ""}, "result": {"title": "One b", "status": "deleted", "task_id": 35}, "arguments": {"task_id": 35}}]', 'rule-based', '2026-11-27 12:01:57.125112+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (27, 8, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'delete 36 and 37', '[]', NULL, '2026-11-27 12:01:57.178623+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (28, 8, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', '- Delete task 36, “Two a”, for good
- Delete task 37, “Two b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:57.217444+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (29, 8, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'no', '[]', NULL, '2026-11-27 12:01:57.225637+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (30, 8, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', 'All right, I have changed nothing.', '[]', 'rule-based', '2026-11-27 12:01:57.229835+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (31, 9, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'delete 38 and 39', '[]', NULL, '2026-11-27 12:01:57.242698+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (32, 9, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', '- Delete task 38, “Three a”, for good
- Delete task 39, “Three b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:57.283886+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (35, 10, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'user', 'delete 40 and 41', '[]', NULL, '2026-11-27 12:01:57.368542+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (36, 10, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'assistant', '- Delete task 40, “Four a”, for good
- Delete task 41, “Four b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:57.412822+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (37, 11, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'Add a task to water the plants', '[]', NULL, '2026-11-27 12:01:57.423426+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (38, 11, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', 'Added “water the plants” as task 42.

(I am the rule-based assistant: no model is configured here.)', '[{"ok": true, "key": "48745a7b05044d4399141e1e277af771", "name": "add_task", "result": {"title": "water the plants", "status": "created", "task_id": 42}, "arguments": {"title": "water the plants"}}]', 'rule-based', '2026-11-27 12:01:57.462196+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (40, 11, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', 'You have 3 pending tasks:
- 42: water the plants
- 22: Added once
- 17: Task 8 – “größer” ✓', '[{"ok": true, "name": "list_tasks", "result": {"tasks": [{"id": 42, "title": "water the plants", "completed": false, "description": ""}, {"id": 22, "title": "Added once", "completed": false, "description": ""}, {"id": 17, "title": "Task 8 – “größer” ✓", "completed": false, "description": ""}], "total": 3}, "arguments": {"status": "pending"}}]', 'rule-based', '2026-11-27 12:01:57.537847+00', '{"shown": [42, 22, 17]}');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (41, 12, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'delete 43 and 44', '[]', NULL, '2026-11-27 12:01:57.555621+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (42, 12, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', '- Delete task 43, “One a”, for good
- Delete task 44, “One b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:57.593546+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (43, 12, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'yes', '[]', NULL, '2026-11-27 12:01:57.601588+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (52, 14, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', 'You have 7 pending tasks:
- 48: Three b
- 47: Three a
- 46: Two b
- 45: Two a
- 42: water the plants
- 22: Added once
- 17: Task 8 – “größer” ✓

(I have dropped what I asked about before; nothing of it was done.)', '[{"ok": true, "name": "list_tasks", "result": {"tasks": [{"id": 48, "title": "Three b", "completed": false, "description": ""}, {"id": 47, "title": "Three a", "completed": false, "description": ""}, {"id": 46, "title": "Two b", "completed": false, "description": ""}, {"id": 45, "title": "Two a", "completed": false, "description": ""}, {"id": 42, "title": "water the plants", "completed": false, "description": ""}, {"id": 22, "title": "Added once", "completed": false, "description": ""}, {"id": 17, "title": "Task 8 – “größer” ✓", "completed": false, "description": ""}], "total": 7}, "arguments": {"status": "pending"}}]', 'rule-based', '2026-11-27 12:01:57.865558+00', '{"shown": [48, 47, 46, 45, 42, 22, 17]}');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (53, 15, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'delete 49 and 50', '[]', NULL, '2026-11-27 12:01:57.888012+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (54, 15, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', '- Delete task 49, “Four a”, for good
- Delete task 50, “Four b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:57.930765+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (44, 12, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', 'Deleted task 43, “One a”.
Deleted task 44, “One b”.', '[{"ok": true, "key": "b068ca02f05f48139f859b0bfc6d99c7", "name": "delete_task", "before": {"id": 43, "title": "One a", "version": "2026-11-27T12:01:57.547818+00:00", "description": ""}, "result": {"title": "One a", "status": "deleted", "task_id": 43}, "arguments": {"task_id": 43}}, {"ok": true, "key": "06a6f1aaed124d4a915e8cf91759f0d2", "name": "delete_task", "before": {"id": 44, "title": "One b", "version": "2026-11-27T12:01:57.551893+00:00", "description": ""}, "result": {"title": "One b", "status": "deleted", "task_id": 44}, "arguments": {"task_id": 44}}]', 'rule-based', '2026-11-27 12:01:57.641466+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (45, 13, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'delete 45 and 46', '[]', NULL, '2026-11-27 12:01:57.692902+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (46, 13, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', '- Delete task 45, “Two a”, for good
- Delete task 46, “Two b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:57.73449+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (47, 13, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'no', '[]', NULL, '2026-11-27 12:01:57.743467+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (48, 13, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', 'All right, I have changed nothing.', '[]', 'rule-based', '2026-11-27 12:01:57.747479+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (49, 14, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'delete 47 and 48', '[]', NULL, '2026-11-27 12:01:57.762237+00', NULL);
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (50, 14, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'assistant', '- Delete task 47, “Three a”, for good
- Delete task 48, “Three b”, for good
I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it.', '[]', 'rule-based', '2026-11-27 12:01:57.805424+00', 'null');
INSERT INTO public.messages OVERRIDING SYSTEM VALUE VALUES (51, 14, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'user', 'What''s pending?', '[]', NULL, '2026-11-27 12:01:57.814212+00', NULL);


--
-- Data for Name: tasks; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (6, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Task 3 – “größer” ✓', 'line
line; ''quoted'' \ $1', false, '2026-11-27 12:01:56.018851+00', '2026-11-27 12:01:56.018851+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (7, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Task 4 – “größer” ✓', '', false, '2026-11-27 12:01:56.02645+00', '2026-11-27 12:01:56.02645+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (8, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Task 4 – “größer” ✓', '', false, '2026-11-27 12:01:56.033508+00', '2026-11-27 12:01:56.033508+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (9, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Task 5 – “größer” ✓', 'line
line; ''quoted'' \ $1', false, '2026-11-27 12:01:56.040526+00', '2026-11-27 12:01:56.040526+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (10, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Task 5 – “größer” ✓', 'line
line; ''quoted'' \ $1', false, '2026-11-27 12:01:56.047406+00', '2026-11-27 12:01:56.047406+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (12, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Task 6 – “größer” ✓', '', false, '2026-11-27 12:01:56.061311+00', '2026-11-27 12:01:56.061311+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (13, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Task 7 – “größer” ✓', 'line
line; ''quoted'' \ $1', false, '2026-11-27 12:01:56.069381+00', '2026-11-27 12:01:56.069381+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (14, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Task 7 – “größer” ✓', 'line
line; ''quoted'' \ $1', false, '2026-11-27 12:01:56.078099+00', '2026-11-27 12:01:56.078099+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (15, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Task 8 – “größer” ✓', '', false, '2026-11-27 12:01:56.090356+00', '2026-11-27 12:01:56.090356+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (16, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Task 8 – “größer” ✓', '', false, '2026-11-27 12:01:56.09896+00', '2026-11-27 12:01:56.09896+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (17, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Task 8 – “größer” ✓', '', false, '2026-11-27 12:01:56.105682+00', '2026-11-27 12:01:56.105682+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (18, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Added once', '', false, '2026-11-27 12:01:56.111986+00', '2026-11-27 12:01:56.111986+00', 'the same for all');
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (1, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Task 1 – “größer” ✓', 'line
line; ''quoted'' \ $1', true, '2026-11-27 12:01:55.947309+00', '2026-11-27 12:01:56.143295+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (20, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Added once', '', false, '2026-11-27 12:01:56.149799+00', '2026-11-27 12:01:56.149799+00', 'the same for all');
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (2, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Task 1 – “größer” ✓', 'line
line; ''quoted'' \ $1', true, '2026-11-27 12:01:55.959689+00', '2026-11-27 12:01:56.171786+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (22, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Added once', '', false, '2026-11-27 12:01:56.178578+00', '2026-11-27 12:01:56.178578+00', 'the same for all');
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (5, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Task 2 – “größer” ✓', '', true, '2026-11-27 12:01:56.003962+00', '2026-11-27 12:01:56.202717+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (24, '30b3c943-5244-4a98-b566-5ad9ad768435', 'water the plants', '', false, '2026-11-27 12:01:56.285892+00', '2026-11-27 12:01:56.285892+00', '63d94bb1514947a0a17d4f255c4f1d89');
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (27, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Two a', '', false, '2026-11-27 12:01:56.606083+00', '2026-11-27 12:01:56.606083+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (28, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Two b', '', false, '2026-11-27 12:01:56.612005+00', '2026-11-27 12:01:56.612005+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (29, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Three a', '', false, '2026-11-27 12:01:56.682208+00', '2026-11-27 12:01:56.682208+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (30, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Three b', '', false, '2026-11-27 12:01:56.688895+00', '2026-11-27 12:01:56.688895+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (31, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Four a', '', false, '2026-11-27 12:01:56.818317+00', '2026-11-27 12:01:56.818317+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (32, '30b3c943-5244-4a98-b566-5ad9ad768435', 'Four b', '', false, '2026-11-27 12:01:56.823201+00', '2026-11-27 12:01:56.823201+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (33, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'water the plants', '', false, '2026-11-27 12:01:56.939189+00', '2026-11-27 12:01:56.939189+00', '55e0442515de44ee903aa65830ac397e');
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (36, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Two a', '', false, '2026-11-27 12:01:57.171418+00', '2026-11-27 12:01:57.171418+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (37, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Two b', '', false, '2026-11-27 12:01:57.175314+00', '2026-11-27 12:01:57.175314+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (38, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Three a', '', false, '2026-11-27 12:01:57.235508+00', '2026-11-27 12:01:57.235508+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (39, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Three b', '', false, '2026-11-27 12:01:57.239418+00', '2026-11-27 12:01:57.239418+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (40, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Four a', '', false, '2026-11-27 12:01:57.35915+00', '2026-11-27 12:01:57.35915+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (41, 'f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'Four b', '', false, '2026-11-27 12:01:57.364036+00', '2026-11-27 12:01:57.364036+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (42, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'water the plants', '', false, '2026-11-27 12:01:57.472656+00', '2026-11-27 12:01:57.472656+00', '48745a7b05044d4399141e1e277af771');
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (45, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Two a', '', false, '2026-11-27 12:01:57.684971+00', '2026-11-27 12:01:57.684971+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (46, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Two b', '', false, '2026-11-27 12:01:57.689178+00', '2026-11-27 12:01:57.689178+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (47, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Three a', '', false, '2026-11-27 12:01:57.753159+00', '2026-11-27 12:01:57.753159+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (48, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Three b', '', false, '2026-11-27 12:01:57.758198+00', '2026-11-27 12:01:57.758198+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (49, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Four a', '', false, '2026-11-27 12:01:57.877503+00', '2026-11-27 12:01:57.877503+00', NULL);
INSERT INTO public.tasks OVERRIDING SYSTEM VALUE VALUES (50, '7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'Four b', '', false, '2026-11-27 12:01:57.882962+00', '2026-11-27 12:01:57.882962+00', NULL);


--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.users VALUES ('30b3c943-5244-4a98-b566-5ad9ad768435', 'ada@todo.test', 'Ada', '$argon2id$v=19$m=19456,t=2,p=1$HurL4EGc26MFQd9XWc38rQ$cjn7/S4qaKYMCBV3jVJv0hAoWl30lxBPQ2V324g0T8A', '2026-11-27 12:01:55.762112+00');
INSERT INTO public.users VALUES ('f31afc8d-fad0-4ff4-aaee-cdabe1dc7a62', 'bob@todo.test', 'Bob', '$argon2id$v=19$m=19456,t=2,p=1$o1hbxiZnZd+OuGhaIjRJkw$bN32dGJHFknVdSCqwkEZy0h6c1ZCB+6HSKMX24j8mIY', '2026-11-27 12:01:55.813337+00');
INSERT INTO public.users VALUES ('7a548c3d-df9b-4413-8bbd-37cdeea50caa', 'zoë@todo.test', 'Zoë', '$argon2id$v=19$m=19456,t=2,p=1$sz5SlmKTezLoonFSIm2BwA$rgRXRE6pO7r+4+sw5jYQlHcnHLpKqrDMDLdfxo69V40', '2026-11-27 12:01:55.857596+00');
INSERT INTO public.users VALUES ('1f623116-17a2-497c-b149-3b676c52768b', 'nobody@todo.test', 'Nobody', '$argon2id$v=19$m=19456,t=2,p=1$s4huRCoapwdwjt0yzbayRw$btRsLZaOuL1EozqeIbPLtZL7KZ466e/K1XgZqO1fYkc', '2026-11-27 12:01:55.903594+00');


--
-- Name: approvals_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.approvals_id_seq', 12, true);


--
-- Name: conversations_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.conversations_id_seq', 15, true);


--
-- Name: messages_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.messages_id_seq', 54, true);


--
-- Name: tasks_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.tasks_id_seq', 50, true);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: approvals pk_approvals; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT pk_approvals PRIMARY KEY (id);


--
-- Name: conversations pk_conversations; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT pk_conversations PRIMARY KEY (id);


--
-- Name: messages pk_messages; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT pk_messages PRIMARY KEY (id);


--
-- Name: tasks pk_tasks; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (id);


--
-- Name: users pk_users; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);


--
-- Name: tasks uq_tasks_user_id_idempotency_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT uq_tasks_user_id_idempotency_key UNIQUE (user_id, idempotency_key);


--
-- Name: users uq_users_email; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT uq_users_email UNIQUE (email);


--
-- Name: ix_approvals_conversation_id; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ix_approvals_conversation_id ON public.approvals USING btree (conversation_id) WHERE (decision IS NULL);


--
-- Name: ix_approvals_user_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_approvals_user_id ON public.approvals USING btree (user_id);


--
-- Name: ix_conversations_user_id_updated_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_conversations_user_id_updated_at ON public.conversations USING btree (user_id, updated_at);


--
-- Name: ix_messages_conversation_id_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_messages_conversation_id_id ON public.messages USING btree (conversation_id, id);


--
-- Name: ix_tasks_user_id_completed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_tasks_user_id_completed ON public.tasks USING btree (user_id, completed);


--
-- Name: ix_tasks_user_id_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_tasks_user_id_created_at ON public.tasks USING btree (user_id, created_at);


--
-- Name: approvals fk_approvals_conversation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT fk_approvals_conversation_id FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;


--
-- Name: approvals fk_approvals_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT fk_approvals_user_id FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: conversations fk_conversations_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT fk_conversations_user_id FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: messages fk_messages_conversation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT fk_messages_conversation_id FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;


--
-- Name: messages fk_messages_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT fk_messages_user_id FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: tasks fk_tasks_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_user_id FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--


