// What Freshworks gives the app's settings page. Only the type checker reads this file.

interface FreshworksClient {
  /** The Data Store: of one installation, and refused before the app is installed. */
  db?: { get(key: string): Promise<Record<string, unknown>> };
}

declare const app: { initialized(): Promise<FreshworksClient> };
