"""What Patchbay does: receive webhooks, and dispatch their events to the other side. It knows no service and no AWS."""
