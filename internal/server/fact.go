package server

import (
	"context"
	"net/http"

	"github.com/liftmark/liftmark/internal/access"
)

func addFacts(o *operations) {
	const tag = "Facts"
	register(o, operation{id: "show-facts", tag: tag, method: http.MethodGet, path: "/facts", scope: access.APIRead, summary: "Show how far the facts follow what arrived"}, o.server.showFacts)
	register(o, operation{
		id: "catch-up-facts", tag: tag, method: http.MethodPost, path: "/facts/catch-up", scope: access.APIWrite, status: http.StatusNoContent,
		summary: "Make facts of what has arrived, now", description: "The server does it by itself within a second; this returns when it is done.",
	}, o.server.catchUpFacts)
	register(o, operation{
		id: "rebuild-facts", tag: tag, method: http.MethodPost, path: "/facts/rebuild", scope: access.Admin,
		summary: "Make the facts again from the statements", description: "The same statements give the same facts. It takes about a minute for a million statements.",
	}, o.server.rebuildFacts)
}

func (s *Server) showFacts(ctx context.Context, w *Workspace, _ *Asked) (*answered[FactsStatus], error) {
	if err := offered(w.Facts != nil, "facts of statements"); err != nil {
		return nil, err
	}
	return answer(w.Facts.Status(ctx))
}

func (s *Server) catchUpFacts(ctx context.Context, w *Workspace, _ *Asked) (*done, error) {
	if err := offered(w.Facts != nil, "facts of statements"); err != nil {
		return nil, err
	}
	return &done{}, w.Facts.CatchUp(ctx)
}

func (s *Server) rebuildFacts(ctx context.Context, w *Workspace, _ *struct {
	Asked
	Repeated
}) (*answered[Rebuilt], error) {
	if err := offered(w.Facts != nil, "facts of statements"); err != nil {
		return nil, err
	}
	return answer(w.Facts.Rebuild(ctx))
}
