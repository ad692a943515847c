/** What the form asks the backend for: loaded with it, not before. */
import { call } from './http';
import type { Session } from './types';

export async function register(email: string, password: string): Promise<Session> {
  return (await call<Session>('POST', '/api/auth/register', { email, password })).body;
}

export async function logIn(email: string, password: string): Promise<Session> {
  return (await call<Session>('POST', '/api/auth/login', { email, password })).body;
}
