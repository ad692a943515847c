/** Response headers that keep a page of ours from being framed, sniffed or fed foreign scripts. */

/** Everything comes from this origin; nothing is inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const COMMON = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/**
 * Vite's client in development needs inline scripts and styles, so the policy is for the built page alone.
 * @param {import('node:http').ServerResponse} response
 * @param {boolean} development
 */
export function setSecurityHeaders(response, development) {
  for (const [name, value] of Object.entries(COMMON)) response.setHeader(name, value);
  if (!development) response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
}
