package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
)

// runningFile tells the commands of the same user where the server is.
const runningFile = "server.json"

// Running is a server that has a root directory open. Token lets in whoever can
// read the file, which is who could read the data themselves.
type Running struct {
	URL       string    `json:"url"`
	Token     string    `json:"token"`
	PID       int       `json:"pid"`
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
}

// FindRunning reads what the server of a root directory left there, nil when
// there is none. A server that was killed leaves it behind: ask the URL.
func FindRunning(root string) (*Running, error) {
	text, err := os.ReadFile(filepath.Join(root, runningFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "read where the server is: %w", err)
	}
	var r Running
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, nil //nolint:nilerr // half written: its server did not get to serve
	}
	return &r, nil
}

// announce writes the file, whole or not at all, readable by its owner only.
func (r Running) announce(root string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(root, runningFile)
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(part, append(text, '\n'), 0o600); err != nil {
		return fault.New(fault.Unavailable, "cannot write %s: %w", path, err)
	}
	return os.Rename(part, path)
}

// retract removes the file, when it is still this server's.
func (r Running) retract(root string) error {
	found, err := FindRunning(root)
	if err != nil || found == nil || found.PID != r.PID || found.Token != r.Token {
		return err
	}
	return os.Remove(filepath.Join(root, runningFile))
}
