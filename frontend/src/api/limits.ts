/** How long texts may be; a test compares these with the backend's OpenAPI document. */
export const TITLE_LIMIT = 200;
export const DESCRIPTION_LIMIT = 1000;
export const MESSAGE_LIMIT = 4000;
export const TOKEN_NAME_LIMIT = 100;
export const SEARCH_LIMIT = 200;
