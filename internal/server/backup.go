package server

import (
	"context"
	"net/http"

	"github.com/liftmark/liftmark/internal/access"
)

// NewBackup asks for a backup.
type NewBackup struct {
	Path string `json:"path" minLength:"1" doc:"New file on the server's machine, absolute"`
}

func addBackups(o *operations) {
	register(o, operation{
		id: "back-up", tag: "Backups", method: http.MethodPost, path: "/backup", local: true, scope: access.Admin,
		summary: "Write the whole workspace to one file of the server's machine", description: "As it is at one moment, while it is in use.",
	}, o.server.backUp)
}

func (s *Server) backUp(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Body NewBackup
}) (*answered[Backup], error) {
	if err := offered(w.Backups != nil, "backups"); err != nil {
		return nil, err
	}
	if err := absolute([]string{in.Body.Path}); err != nil {
		return nil, err
	}
	return answer(w.Backups.Backup(ctx, in.Body.Path))
}
