package server

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/privacy"
)

// Identities are names of one person.
type Identities struct {
	Identities []string `json:"identities" minItems:"1" maxItems:"100" nullable:"false" doc:"xAPI agents as JSON, e-mail addresses, or keys as facts hold them"`
}

func addPrivacy(o *operations) {
	const tag = "Privacy"
	register(o, operation{id: "show-retention", tag: tag, method: http.MethodGet, path: "/retention", scope: access.Admin, summary: "Show how long statements are kept"}, o.server.showRetention)
	register(o, operation{id: "set-retention", tag: tag, method: http.MethodPut, path: "/retention", scope: access.Admin, summary: "Set how long statements are kept", description: "Nothing is deleted before the next run, which is within the hour."}, o.server.setRetention)
	register(o, operation{
		id: "delete-statements", tag: tag, method: http.MethodPost, path: "/statements/delete", scope: access.Admin,
		summary: "Delete statements by when they were stored", description: "For good. Try it with dry_run first.",
	}, o.server.deleteStatements)
	register(o, operation{
		id: "find-actor", tag: tag, method: http.MethodPost, path: "/actors/find", scope: access.Admin,
		summary: "Find everything that stands for a person", description: "Look at it before erasing by it.",
	}, o.server.findActor)
	register(o, operation{
		id: "export-actor", tag: tag, method: http.MethodPost, path: "/actors/export", scope: access.Admin, media: []string{"application/zip"},
		summary: "Hand out everything about a person", description: "A ZIP archive. Statements of groups name others too: look before handing it on.",
	}, o.server.exportActor)
	register(o, operation{
		id: "erase-actor", tag: tag, method: http.MethodPost, path: "/actors/erase", scope: access.Admin,
		summary: "Erase a person", description: "For good; what arrives about the person later is acknowledged and dropped. The answer is the receipt.",
	}, o.server.eraseActor)
	register(o, operation{
		id: "list-erasures", tag: tag, method: http.MethodGet, path: "/erasures", scope: access.Admin,
		summary: "List the receipts of erasures", description: "Oldest first. An erasure that was interrupted has none before it is finished.",
	}, o.server.listErasures)
	register(o, operation{id: "show-erasure", tag: tag, method: http.MethodGet, path: "/erasures/{id}", scope: access.Admin, summary: "Show the receipt of an erasure"}, o.server.showErasure)
}

func (s *Server) showRetention(ctx context.Context, w *Workspace, _ *Asked) (*answered[Retention], error) {
	if err := offered(w.Privacy != nil, "retention"); err != nil {
		return nil, err
	}
	return answer(w.Privacy.Retention(ctx))
}

func (s *Server) setRetention(ctx context.Context, w *Workspace, in *struct {
	Asked
	Body Retention
}) (*done, error) {
	if err := offered(w.Privacy != nil, "retention"); err != nil {
		return nil, err
	}
	return &done{}, w.Privacy.SetRetention(ctx, in.Body)
}

func (s *Server) deleteStatements(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Body Deleting
}) (*answered[Deletion], error) {
	if err := offered(w.Privacy != nil, "deletion"); err != nil {
		return nil, err
	}
	return answer(w.Privacy.DeleteRange(ctx, in.Body))
}

// actorInput names a person.
type actorInput struct {
	Asked
	Repeated
	Body Identities
}

func (s *Server) findActor(ctx context.Context, w *Workspace, in *actorInput) (*answered[privacy.Person], error) {
	if err := offered(w.Privacy != nil, "erasure"); err != nil {
		return nil, err
	}
	return answer(w.Privacy.FindActor(ctx, in.Body.Identities))
}

func (s *Server) exportActor(_ context.Context, w *Workspace, in *actorInput) (*huma.StreamResponse, error) {
	if err := offered(w.Privacy != nil, "export of a person"); err != nil {
		return nil, err
	}
	return s.stream("application/zip", "person.zip", func(ctx context.Context, out io.Writer) error {
		return w.Privacy.ExportActor(ctx, out, in.Body.Identities)
	}), nil
}

func (s *Server) listErasures(ctx context.Context, w *Workspace, in *struct {
	Asked
	Paged
}) (*answered[Page[Receipt]], error) {
	if err := offered(w.Privacy != nil, "erasure"); err != nil {
		return nil, err
	}
	all, err := w.Privacy.Erasures(ctx)
	if err != nil {
		return nil, inContext(err, "list erasures")
	}
	return answer(pageByText(all, in.Paged, func(r Receipt) string { return r.FinishedAt.UTC().Format("20060102150405.000000000") + r.ID }))
}

func (s *Server) showErasure(ctx context.Context, w *Workspace, in *struct {
	Asked
	ID string `path:"id" doc:"Of the receipt"`
}) (*answered[Receipt], error) {
	if err := offered(w.Privacy != nil, "erasure"); err != nil {
		return nil, err
	}
	return answer(w.Privacy.Erasure(ctx, in.ID))
}

func (s *Server) eraseActor(ctx context.Context, w *Workspace, in *actorInput) (*answered[Receipt], error) {
	if err := offered(w.Privacy != nil, "erasure"); err != nil {
		return nil, err
	}
	return answer(w.Privacy.EraseActor(ctx, in.Body.Identities))
}
