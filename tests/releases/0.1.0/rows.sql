-- What an upgrade must keep of each table. It may give tasks other numbers, and then close open questions about them
-- and forget what a model remembers of them.
SELECT id, email, name, password_hash, created_at FROM users ORDER BY id;
SELECT user_id, title, description, completed, created_at, updated_at, idempotency_key FROM tasks ORDER BY created_at;
SELECT id, user_id, title, created_at, updated_at FROM conversations ORDER BY id;
SELECT id, conversation_id, user_id, role, content, tool_calls, answered_by, created_at FROM messages ORDER BY id;
SELECT id, user_id, calls, rows, created_at, expires_at, coalesce(decision, 'expired') FROM approvals ORDER BY id;
