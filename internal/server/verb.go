package server

import (
	"context"
	"net/http"

	"github.com/liftmark/liftmark/internal/access"
)

// VerbMap gives a verb a meaning.
type VerbMap struct {
	Verb    string `json:"verb" format:"uri" maxLength:"2000" doc:"IRI"`
	Meaning string `json:"meaning" doc:"What it counts as, such as completed; see the fact learning in docs/guide/columns.md"`
}

func addVerbs(o *operations) {
	const tag, path = "Verbs", "/verbs"
	register(o, operation{id: "list-verbs", tag: tag, method: http.MethodGet, path: path, scope: access.APIRead, summary: "List the verbs that were seen, and what they count as"}, o.server.listVerbs)
	register(o, operation{
		id: "map-verb", tag: tag, method: http.MethodPut, path: path, scope: access.APIWrite,
		summary: "Give a verb a meaning", description: "It counts for what arrived before, too.",
	}, o.server.mapVerb)
	register(o, operation{
		id: "unmap-verb", tag: tag, method: http.MethodDelete, path: path, scope: access.APIWrite,
		summary: "Take a verb's meaning back",
	}, o.server.unmapVerb)
}

func (s *Server) listVerbs(ctx context.Context, w *Workspace, in *struct {
	Asked
	Paged
	Unmapped bool `query:"unmapped" doc:"Only those that give no fact"`
}) (*answered[Page[SeenVerb]], error) {
	if err := offered(w.Verbs != nil, "verbs"); err != nil {
		return nil, err
	}
	all, err := w.Verbs.Verbs(ctx)
	if err != nil {
		return nil, inContext(err, "list verbs")
	}
	shown := make([]SeenVerb, 0, len(all))
	for _, v := range all {
		if !in.Unmapped || v.Meaning == "" {
			shown = append(shown, v)
		}
	}
	return answer(pageByText(shown, in.Paged, func(v SeenVerb) string { return v.Verb }))
}

func (s *Server) mapVerb(ctx context.Context, w *Workspace, in *struct {
	Asked
	Body VerbMap
}) (*done, error) {
	if err := offered(w.Verbs != nil, "verbs"); err != nil {
		return nil, err
	}
	return &done{}, w.Verbs.MapVerb(ctx, in.Body.Verb, in.Body.Meaning)
}

func (s *Server) unmapVerb(ctx context.Context, w *Workspace, in *struct {
	Asked
	Verb string `query:"verb" required:"true" doc:"IRI"`
}) (*done, error) {
	if err := offered(w.Verbs != nil, "verbs"); err != nil {
		return nil, err
	}
	return &done{}, w.Verbs.UnmapVerb(ctx, in.Verb)
}
