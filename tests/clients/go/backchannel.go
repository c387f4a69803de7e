package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// The provider posts at once; a busy machine gets more.
const hearing = 30 * time.Second

// ears listen at the client's back channel.
type ears struct {
	server http.Server
	heard  chan *oidc.LogoutToken
}

// listen answers at the registered address until it is closed.
func (it *trial) listen() (*ears, error) {
	address, err := url.Parse(it.client.BackchannelLogoutURI)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address.Host)
	if err != nil {
		return nil, err
	}
	ears := &ears{heard: make(chan *oidc.LogoutToken, 16)}
	verifier := it.verifier()
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+address.Path, func(answer http.ResponseWriter, request *http.Request) {
		answer.Header().Set("Cache-Control", "no-store")
		// Signature, issuer, audience, times, event, jti, and no nonce.
		token, err := verifier.VerifyLogout(request.Context(), request.PostFormValue("logout_token"))
		if err != nil {
			http.Error(answer, "this is no logout token for us", http.StatusBadRequest)
			return
		}
		ears.heard <- token
	})
	ears.server.Handler = mux
	go ears.server.Serve(listener)
	return ears, nil
}

// hear waits for word of a session's end. An application would end its own session of this sid here.
func (it *ears) hear(ctx context.Context, session, subject string) error {
	ctx, cancel := context.WithTimeout(ctx, hearing)
	defer cancel()
	for {
		select {
		case token := <-it.heard:
			// The word of an earlier session may have been waiting for somebody to listen.
			if token.SessionID == session {
				if token.Subject != subject {
					return fmt.Errorf("the logout token is about %s", token.Subject)
				}
				fmt.Println("heard of the sign-out", token.SessionID)
				return nil
			}
		case <-ctx.Done():
			return errors.New("the back channel stayed silent")
		}
	}
}

func (it *ears) close() {
	it.server.Close()
}
