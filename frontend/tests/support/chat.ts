/** The assistant as it is seen on a page, and what it says. */
import { screen, within } from '@testing-library/react';
import type { startPage } from './page';

type Page = Awaited<ReturnType<typeof startPage>>;

export const log = () => screen.getByRole('log', { name: 'Assistant' });
/** All of the conversation, also what was said before the page was opened. */
export const chat = () => within(screen.getByRole('region', { name: 'Assistant' }));
export const articles = () => chat().queryAllByRole('article');
/** How the assistant begins to say that it added a task. */
export const added = (title: string) => new RegExp(`^Added “${title}” as task`);
/** What it says to anything that it does not understand, behind a greeting where it is greeted. */
export const HELP = /^(Hello! )?I am a rule-based assistant/;

/** What the page does as its user types and asks. */
export function talkOn(page: () => Page) {
  const say = (text: string) => page().user.type(screen.getByRole('textbox', { name: 'Message' }), text);
  return {
    say,
    /** The turns that were asked for so far. */
    turns: () => page().network.requests.filter((one) => one === 'POST /api/me/chat/stream'),
    /** Lets the assistant ask about changes. @returns the card with the question */
    askToDelete: async () => {
      await page().ada.addTasks('Milk', 'Bread');
      await page().visitLoggedIn();
      await say('Delete all tasks{Enter}');
      return within(await screen.findByRole('region', { name: 'Shall I do this?' }));
    },
  };
}
