/** A provider's icon, which the server serves. */
export function ConnectorIcon({ url, size = 24 }: { url: string; size?: number }) {
  return <img src={url} alt="" width={size} height={size} style={{ borderRadius: 6, flexShrink: 0 }} />;
}

export function iconOf(type: string): string {
  return `/integrations/${type}.svg`;
}
