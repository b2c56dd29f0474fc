package server

import (
	"context"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// LinkInfo says that two names are one person's.
type LinkInfo struct {
	ID    string    `json:"id"`
	Value string    `json:"value"`
	Other string    `json:"other"`
	At    time.Time `json:"at" doc:"When it became known; it counts for all time"`
	Why   string    `json:"why" doc:"identify, alias, manual, …"`
}

// NewLink joins two names.
type NewLink struct {
	Value string `json:"value" minLength:"1" maxLength:"1000" doc:"A person's key, e-mail address or anonymous id, as facts carry it"`
	Other string `json:"other" minLength:"1" maxLength:"1000"`
}

func addIdentity(o *operations) {
	const tag, path = "Identity", "/identity/links"
	register(o, operation{
		id: "list-links", tag: tag, method: http.MethodGet, path: path, scope: access.APIWrite,
		summary: "List which names belong to one person", description: "The answer holds personal data.",
	}, o.server.listLinks)
	register(o, operation{
		id: "add-link", tag: tag, method: http.MethodPost, path: path, scope: access.APIWrite, status: http.StatusCreated,
		summary: "Say that two names belong to one person", description: "It counts for the past, too, and can be withdrawn.",
	}, o.server.addLink)
	register(o, operation{
		id: "withdraw-link", tag: tag, method: http.MethodDelete, path: path + "/{id}", scope: access.APIWrite,
		summary: "Withdraw a link", description: "It never was, for the past too.",
	}, o.server.withdrawLink)
}

func linkInfo(l warehouse.Link) LinkInfo {
	return LinkInfo{ID: l.ID, Value: l.Value, Other: l.Other, At: l.At, Why: l.Why}
}

func (s *Server) listLinks(ctx context.Context, w *Workspace, in *struct {
	Asked
	Paged
}) (*answered[Page[LinkInfo]], error) {
	if err := offered(w.Identity != nil, "identity links"); err != nil {
		return nil, err
	}
	all, err := w.Identity.Links(ctx)
	if err != nil {
		return nil, inContext(err, "list links")
	}
	infos := make([]LinkInfo, len(all))
	for i, l := range all {
		infos[i] = linkInfo(l)
	}
	return answer(pageByText(infos, in.Paged, func(l LinkInfo) string { return l.ID }))
}

func (s *Server) addLink(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Body NewLink
}) (*answered[LinkInfo], error) {
	if err := offered(w.Identity != nil, "identity links"); err != nil {
		return nil, err
	}
	l, err := w.Identity.AddLink(ctx, warehouse.Link{Value: in.Body.Value, Other: in.Body.Other, At: s.opt.Now().UTC(), Why: "manual"})
	return answer(linkInfo(l), err)
}

func (s *Server) withdrawLink(ctx context.Context, w *Workspace, in *struct {
	Asked
	ID string `path:"id"`
}) (*done, error) {
	if err := offered(w.Identity != nil, "identity links"); err != nil {
		return nil, err
	}
	return &done{}, w.Identity.WithdrawLink(ctx, in.ID)
}
