package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/state"
)

// LetterInfo is a statement that another record store refused.
type LetterInfo struct {
	ID        int64     `json:"id"`
	Statement string    `json:"statement" doc:"Id"`
	Reason    string    `json:"reason"`
	Attempts  int       `json:"attempts"`
	At        time.Time `json:"at"`
}

// LetterIDs choose dead letters.
type LetterIDs struct {
	IDs []int64 `json:"ids,omitempty" maxItems:"10000" doc:"Left out: all of the forwarding"`
}

// Counted says how many were dealt with.
type Counted struct {
	Count int `json:"count"`
}

func addForwardings(o *operations) {
	const tag, path, one = "Forwarding", "/forwardings", "/forwardings/{name}"
	register(o, operation{id: "list-forwardings", tag: tag, method: http.MethodGet, path: path, scope: access.Admin, summary: "List forwardings and how far they are"}, o.server.listForwardings)
	register(o, operation{
		id: "add-forwarding", tag: tag, method: http.MethodPost, path: path, scope: access.Admin, status: http.StatusNoContent,
		summary: "Forward statements to another record store",
	}, o.server.addForwarding)
	register(o, operation{id: "change-forwarding", tag: tag, method: http.MethodPut, path: one, scope: access.Admin, summary: "Change a forwarding; its place stays"}, o.server.changeForwarding)
	register(o, operation{id: "remove-forwarding", tag: tag, method: http.MethodDelete, path: one, scope: access.Admin, summary: "End a forwarding and discard its dead letters"}, o.server.removeForwarding)
	register(o, operation{id: "list-dead-letters", tag: tag, method: http.MethodGet, path: one + "/dead-letters", scope: access.Admin, summary: "List what the other store refused"}, o.server.listLetters)
	register(o, operation{id: "replay-dead-letters", tag: tag, method: http.MethodPost, path: one + "/dead-letters/replay", scope: access.Admin, summary: "Send dead letters again"}, o.server.replayLetters)
	register(o, operation{id: "discard-dead-letters", tag: tag, method: http.MethodPost, path: one + "/dead-letters/discard", scope: access.Admin, summary: "Discard dead letters"}, o.server.discardLetters)
	register(o, operation{
		id: "skip-statement", tag: tag, method: http.MethodPost, path: one + "/skip", scope: access.Admin,
		summary: "Pass over the statement that holds up a forwarding", description: "What waits is tried one by one; the first that the other store does not take becomes a dead letter, whatever the reason.",
	}, o.server.skipStatement)
}

func (s *Server) listForwardings(ctx context.Context, w *Workspace, in *struct {
	Asked
	Paged
}) (*answered[Page[Forwarding]], error) {
	if err := offered(w.Forwardings != nil, "forwarding"); err != nil {
		return nil, err
	}
	all, err := w.Forwardings.Forwardings(ctx)
	if err != nil {
		return nil, inContext(err, "list forwardings")
	}
	return answer(pageByText(all, in.Paged, func(f Forwarding) string { return f.Name }))
}

func (s *Server) addForwarding(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Body Forwarding
}) (*done, error) {
	if err := offered(w.Forwardings != nil, "forwarding"); err != nil {
		return nil, err
	}
	return &done{}, w.Forwardings.AddForwarding(ctx, in.Body)
}

func (s *Server) changeForwarding(ctx context.Context, w *Workspace, in *struct {
	Asked
	Name string `path:"name"`
	Body Forwarding
}) (*done, error) {
	if err := offered(w.Forwardings != nil, "forwarding"); err != nil {
		return nil, err
	}
	in.Body.Name = in.Name
	return &done{}, w.Forwardings.ChangeForwarding(ctx, in.Body)
}

func (s *Server) removeForwarding(ctx context.Context, w *Workspace, in *struct {
	Asked
	Name string `path:"name"`
}) (*done, error) {
	if err := offered(w.Forwardings != nil, "forwarding"); err != nil {
		return nil, err
	}
	return &done{}, w.Forwardings.RemoveForwarding(ctx, in.Name)
}

func (s *Server) listLetters(ctx context.Context, w *Workspace, in *struct {
	Asked
	Name  string `path:"name"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	After int64  `query:"after" minimum:"0" doc:"The page before's next"`
}) (*answered[Page[LetterInfo]], error) {
	if err := offered(w.Forwardings != nil, "forwarding"); err != nil {
		return nil, err
	}
	letters, err := w.Forwardings.DeadLetters(ctx, in.Name, in.After, in.Limit+1)
	if err != nil {
		return nil, inContext(err, "dead letters of %s", in.Name)
	}
	return answer(letterPage(letters, in.Limit), nil)
}

func letterPage(letters []state.DeadLetter, limit int) Page[LetterInfo] {
	page := Page[LetterInfo]{Items: []LetterInfo{}}
	for i, l := range letters {
		if i == limit {
			page.Next = strconv.FormatInt(page.Items[limit-1].ID, 10)
			break
		}
		page.Items = append(page.Items, LetterInfo{ID: l.ID, Statement: l.Statement, Reason: l.Reason, Attempts: l.Attempts, At: l.At})
	}
	return page
}

// lettersInput chooses dead letters of a forwarding.
type lettersInput struct {
	Asked
	Repeated
	Name string `path:"name"`
	Body LetterIDs
}

func (s *Server) replayLetters(ctx context.Context, w *Workspace, in *lettersInput) (*answered[Counted], error) {
	if err := offered(w.Forwardings != nil, "forwarding"); err != nil {
		return nil, err
	}
	n, err := w.Forwardings.Replay(ctx, in.Name, in.Body.IDs)
	return answer(Counted{Count: n}, err)
}

func (s *Server) skipStatement(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Name string `path:"name"`
}) (*answered[Skipped], error) {
	if err := offered(w.Forwardings != nil, "forwarding"); err != nil {
		return nil, err
	}
	return answer(w.Forwardings.Skip(ctx, in.Name))
}

func (s *Server) discardLetters(ctx context.Context, w *Workspace, in *lettersInput) (*answered[Counted], error) {
	if err := offered(w.Forwardings != nil, "forwarding"); err != nil {
		return nil, err
	}
	n, err := w.Forwardings.Discard(ctx, in.Name, in.Body.IDs)
	return answer(Counted{Count: n}, err)
}
