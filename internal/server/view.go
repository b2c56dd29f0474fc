package server

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// Views lists what the facts know.
type Views interface {
	Activities(ctx context.Context, s warehouse.Search) ([]warehouse.ActivityView, error)
	Actors(ctx context.Context, s warehouse.Search) ([]warehouse.ActorView, error)
}

// ActivityInfo is an activity as the facts know it.
type ActivityInfo struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"`
	Kind     string    `json:"kind,omitempty" doc:"Such as course, lesson or quiz"`
	Course   string    `json:"course,omitempty" doc:"That it belongs to"`
	Learners int64     `json:"learners" doc:"People who did something with it"`
	Rows     int64     `json:"rows" doc:"Learning records"`
	LastSeen time.Time `json:"last_seen,omitzero" doc:"Time of the latest of them"`
}

// ActorInfo is a person as the facts know them.
type ActorInfo struct {
	Person   string    `json:"person" doc:"Key"`
	Names    []string  `json:"names" nullable:"false" doc:"By which facts know the person too, at most 20"`
	Account  string    `json:"account,omitempty" doc:"That the person belongs to now"`
	Rows     int64     `json:"rows" doc:"Learning records"`
	LastSeen time.Time `json:"last_seen,omitzero" doc:"Time of the latest of them"`
}

// Searched asks for a page of what a text is found in.
type Searched struct {
	Search string `query:"search" maxLength:"500" doc:"Text in any of the names, in whatever letter case"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"At most so many items"`
	After  string `query:"after" doc:"The page before's next; without it the first page is given"`
}

func addViews(o *operations) {
	register(o, operation{
		id: "list-activities", tag: "Activities", method: http.MethodGet, path: "/activities", scope: access.APIRead,
		summary: "List the activities that the facts know", description: "Those that are described, and those that learning records name.",
	}, o.server.listActivities)
	register(o, operation{
		id: "list-actors", tag: "Actors", method: http.MethodGet, path: "/actors", scope: access.Admin,
		summary: "List the people that the facts know", description: "Names that links join are one person. Personal data.",
	}, o.server.listActors)
}

func (s *Server) listActivities(ctx context.Context, w *Workspace, in *struct {
	Asked
	Searched
}) (*answered[Page[ActivityInfo]], error) {
	if err := offered(w.Views != nil, "views"); err != nil {
		return nil, err
	}
	return answer(found(ctx, in.Searched, w.Views.Activities,
		func(a warehouse.ActivityView) (ActivityInfo, string) { return ActivityInfo(a), a.ID }))
}

func (s *Server) listActors(ctx context.Context, w *Workspace, in *struct {
	Asked
	Searched
}) (*answered[Page[ActorInfo]], error) {
	if err := offered(w.Views != nil, "views"); err != nil {
		return nil, err
	}
	return answer(found(ctx, in.Searched, w.Views.Actors,
		func(a warehouse.ActorView) (ActorInfo, string) { return ActorInfo(a), a.Person }))
}

// found gives a page of what list gives, one more of which says whether there is
// a next one. show gives an item as it is answered, and its key.
func found[V, T any](ctx context.Context, in Searched, list func(context.Context, warehouse.Search) ([]V, error), show func(V) (T, string)) (Page[T], error) {
	after, err := base64.RawURLEncoding.DecodeString(in.After)
	if err != nil {
		return Page[T]{}, badCursor()
	}
	rows, err := list(ctx, warehouse.Search{Text: in.Search, After: string(after), Limit: in.Limit + 1})
	if err != nil {
		return Page[T]{}, err
	}
	page := Page[T]{Items: []T{}}
	last := ""
	for i, row := range rows {
		if i == in.Limit {
			page.Next = CursorOf(last)
			break
		}
		var item T
		item, last = show(row)
		page.Items = append(page.Items, item)
	}
	return page, nil
}
