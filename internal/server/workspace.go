package server

import (
	"context"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/access"
)

// WorkspaceInfo names a workspace.
type WorkspaceInfo struct {
	Name    string `json:"name"`
	Company string `json:"company"`
}

// Status says how a workspace is doing.
type Status struct {
	Version   string       `json:"version" doc:"Of Liftmark"`
	Workspace string       `json:"workspace"`
	Company   string       `json:"company"`
	Began     time.Time    `json:"began" doc:"When the server was started"`
	URL       string       `json:"url" doc:"Where clients reach it"`
	Caller    CallerInfo   `json:"caller" doc:"Whose credential this is"`
	Counts    Gauges       `json:"counts"`
	Facts     *FactsStatus `json:"facts,omitempty"`
}

// CallerInfo says who asks.
type CallerInfo struct {
	Credential string         `json:"credential"`
	Label      string         `json:"label,omitempty"`
	Scopes     []access.Scope `json:"scopes" nullable:"false"`
}

func addWorkspaces(o *operations) {
	register(o, operation{
		id: "list-workspaces", tag: "Workspaces", method: http.MethodGet, path: "/workspaces", anywhere: true, scope: access.APIRead,
		summary: "List workspaces", description: "A credential sees its own; the local token sees all.",
	}, o.server.listWorkspaces)
	register(o, operation{
		id: "show-status", tag: "Workspaces", method: http.MethodGet, path: "/status", scope: access.APIRead,
		summary: "Show how the workspace is doing",
	}, o.server.showStatus)
}

func (s *Server) listWorkspaces(ctx context.Context, _ *Workspace, in *struct {
	Asked
	Paged
}) (*answered[Page[WorkspaceInfo]], error) {
	caller := access.From(ctx)
	var all []WorkspaceInfo
	for _, w := range s.opt.Workspaces {
		if caller.Local || w.Name == caller.Workspace {
			all = append(all, WorkspaceInfo{Name: w.Name, Company: w.Company})
		}
	}
	return answer(pageByText(all, in.Paged, func(w WorkspaceInfo) string { return w.Name }))
}

func (s *Server) showStatus(ctx context.Context, w *Workspace, _ *Asked) (*answered[Status], error) {
	caller := access.From(ctx)
	out := Status{
		Version: s.opt.Version, Workspace: w.Name, Company: w.Company, Began: s.began.UTC(), URL: s.opt.Config.PublicURL,
		Caller: CallerInfo{Credential: caller.Credential, Label: caller.Label, Scopes: append([]access.Scope{}, caller.Scopes...)},
	}
	if w.Gauges != nil {
		out.Counts = w.Gauges()
	}
	if w.Facts != nil {
		status, err := w.Facts.Status(ctx)
		if err != nil {
			return nil, inContext(err, "status of the facts")
		}
		out.Facts = &status
	}
	return answer(out, nil)
}
