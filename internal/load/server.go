package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Server is a liftmark process that serves a directory. Its environment is this
// process's.
type Server struct {
	Binary, Dir string
	URL         string
	log         bytes.Buffer
	cmd         *exec.Cmd
	ended       chan error
}

// StartServer starts `liftmark serve` on a free port and returns when it is ready.
func StartServer(ctx context.Context, binary, dir string) (*Server, error) {
	s := &Server{Binary: binary, Dir: dir, ended: make(chan error, 1)}
	s.cmd = exec.Command(binary, "serve", "--data", dir, "--listen", "127.0.0.1:0") //nolint:gosec // the binary under test
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.cmd.Wait() }()
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(err, s.Kill())
	}
	return s, nil
}

// await asks until the server says that it is ready.
func (s *Server) await(ctx context.Context) error {
	for range 1200 {
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the server ended: %w\n%s", err, s.log.String())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
		if s.ready(ctx) {
			return nil
		}
	}
	return fmt.Errorf("the server was not ready within 30 s:\n%s", s.log.String())
}

func (s *Server) ready(ctx context.Context) bool {
	text, err := os.ReadFile(filepath.Join(s.Dir, "server.json"))
	if err != nil {
		return false
	}
	var running struct {
		URL string
		PID int
	}
	if json.Unmarshal(text, &running) != nil || running.PID != s.cmd.Process.Pid {
		return false
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, running.URL+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	s.URL = running.URL
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// Kill ends the process at once, as a power cut would.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Stop asks the process to end and waits until it has.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

func (s *Server) end(signal syscall.Signal) error {
	if err := s.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	err := s.Wait()
	if signal == syscall.SIGKILL {
		return nil
	}
	return err
}

// Wait waits until the process has ended by itself, or by a signal that others
// sent, and gives how.
func (s *Server) Wait() error {
	err := <-s.ended
	s.ended <- err
	return err
}

// PID is the number of the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Log is what the process printed. Read it after the process has ended.
func (s *Server) Log() string { return s.log.String() }

// MemoryMiB is the resident memory of the process, and PeakMiB the most that it
// was so far.
func (s *Server) MemoryMiB() (int, error) { return s.memory("VmRSS:") }

// PeakMiB is the most resident memory that the process had.
func (s *Server) PeakMiB() (int, error) { return s.memory("VmHWM:") }

func (s *Server) memory(name string) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			return kib / 1024, err
		}
	}
	return 0, errors.New("the process has no resident memory")
}

// Behind is how many changes of the record store are not facts yet.
func (s *Server) Behind(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "liftmark_projector_lag_changes{"); ok {
			_, value, _ := strings.Cut(rest, "} ")
			n, err := strconv.ParseFloat(value, 64)
			return int(n), err
		}
	}
	return 0, errors.Join(errors.New("the server does not tell how far behind the facts are"), lines.Err())
}

// Credential makes a credential through the command line, while the server runs.
func (s *Server) Credential(ctx context.Context, args ...string) (key, secret string, err error) {
	cmd := exec.CommandContext(ctx, s.Binary, append([]string{"credential", "add", "--data", s.Dir, "--json"}, args...)...) //nolint:gosec // the binary under test
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		return "", "", err
	}
	var made struct{ ID, Secret string }
	if err := json.Unmarshal(out, &made); err != nil {
		return "", "", err
	}
	return made.ID, made.Secret, nil
}
