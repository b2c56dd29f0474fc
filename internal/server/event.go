package server

import (
	"context"
	"net/http"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/ingest/track"
)

// NamedMap says what events of a name count as.
type NamedMap struct {
	Event string `json:"event" minLength:"1" doc:"Name as it is sent"`
	EventMap
}

// Strictness says whether unexpected events are refused.
type Strictness struct {
	Strict bool `json:"strict" doc:"What the tracking plan does not list is refused, event by event"`
}

func addEvents(o *operations) {
	const tag = "Events"
	register(o, operation{id: "list-events", tag: tag, method: http.MethodGet, path: "/events", scope: access.APIRead, summary: "List the tracked events that were seen, with volumes"}, o.server.listEvents)
	register(o, operation{
		id: "map-event", tag: tag, method: http.MethodPut, path: "/events/mapping", scope: access.APIWrite,
		summary: "Say what events of a name count as", description: "It counts for the past, too.",
	}, o.server.mapEvent)
	register(o, operation{
		id: "unmap-event", tag: tag, method: http.MethodDelete, path: "/events/mapping", scope: access.APIWrite,
		summary: "Let events of a name count under their own name again",
	}, o.server.unmapEvent)
	register(o, operation{id: "show-strict", tag: tag, method: http.MethodGet, path: "/events/strict", scope: access.APIRead, summary: "Show whether unexpected events are refused"}, o.server.showStrict)
	register(o, operation{id: "set-strict", tag: tag, method: http.MethodPut, path: "/events/strict", scope: access.APIWrite, summary: "Refuse unexpected events, or take them"}, o.server.setStrict)
	register(o, operation{id: "show-tracking-plan", tag: tag, method: http.MethodGet, path: "/events/plan", scope: access.APIRead, summary: "Show which events are expected"}, o.server.showPlan)
	register(o, operation{id: "set-tracking-plan", tag: tag, method: http.MethodPut, path: "/events/plan", scope: access.APIWrite, summary: "Say which events are expected"}, o.server.setPlan)
}

func (s *Server) listEvents(ctx context.Context, w *Workspace, in *struct {
	Asked
	Paged
	Unmapped bool `query:"unmapped" doc:"Only those without a mapping"`
}) (*answered[Page[SeenEvent]], error) {
	if err := offered(w.Events != nil, "events"); err != nil {
		return nil, err
	}
	all, err := w.Events.Events(ctx)
	if err != nil {
		return nil, inContext(err, "list events")
	}
	shown := make([]SeenEvent, 0, len(all))
	for _, e := range all {
		if !in.Unmapped || e.Mapping == nil {
			shown = append(shown, e)
		}
	}
	return answer(pageByText(shown, in.Paged, func(e SeenEvent) string { return e.Type + "\x00" + e.Event }))
}

func (s *Server) mapEvent(ctx context.Context, w *Workspace, in *struct {
	Asked
	Body NamedMap
}) (*done, error) {
	if err := offered(w.Events != nil, "events"); err != nil {
		return nil, err
	}
	return &done{}, w.Events.MapEvent(ctx, in.Body.Event, in.Body.EventMap)
}

func (s *Server) unmapEvent(ctx context.Context, w *Workspace, in *struct {
	Asked
	Event string `query:"event" required:"true" doc:"Name as it is sent"`
}) (*done, error) {
	if err := offered(w.Events != nil, "events"); err != nil {
		return nil, err
	}
	return &done{}, w.Events.UnmapEvent(ctx, in.Event)
}

func (s *Server) showStrict(ctx context.Context, w *Workspace, _ *Asked) (*answered[Strictness], error) {
	if err := offered(w.Events != nil, "events"); err != nil {
		return nil, err
	}
	strict, err := w.Events.Strict(ctx)
	return answer(Strictness{Strict: strict}, err)
}

func (s *Server) setStrict(ctx context.Context, w *Workspace, in *struct {
	Asked
	Body Strictness
}) (*done, error) {
	if err := offered(w.Events != nil, "events"); err != nil {
		return nil, err
	}
	return &done{}, w.Events.SetStrict(ctx, in.Body.Strict)
}

func (s *Server) showPlan(ctx context.Context, w *Workspace, _ *Asked) (*answered[track.Plan], error) {
	if err := offered(w.Events != nil, "events"); err != nil {
		return nil, err
	}
	p, err := w.Events.Plan(ctx)
	if p.Events == nil {
		p.Events = []track.PlannedEvent{}
	}
	return answer(p, err)
}

func (s *Server) setPlan(ctx context.Context, w *Workspace, in *struct {
	Asked
	Body track.Plan
}) (*done, error) {
	if err := offered(w.Events != nil, "events"); err != nil {
		return nil, err
	}
	return &done{}, w.Events.SetPlan(ctx, in.Body)
}
