package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// signInAndOut is the code flow for people in a browser, and what the back channel says of its end.
func (it *trial) signInAndOut(ctx context.Context) error {
	// Sign in: code, PKCE, state, nonce.
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	address := it.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	doors, err := it.person.open(address, redirectURI)
	if err != nil {
		return err
	}
	callback, err := it.passTheDoors(doors, redirectURI)
	if err != nil {
		return err
	}
	answer := callback.url.Query()
	if answer.Get("state") != state || answer.Get("iss") != it.issuer {
		return fmt.Errorf("the sign-in ended at %s", callback.url)
	}
	tokens, err := it.config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return err
	}
	raw, idToken, err := it.verified(ctx, tokens)
	if err != nil {
		return err
	}
	if idToken.Nonce != nonce {
		return fmt.Errorf("the nonce came back as %q", idToken.Nonce)
	}
	var session struct {
		ID string `json:"sid"`
	}
	if err := idToken.Claims(&session); err != nil {
		return err
	}
	fmt.Println("signed in", idToken.Subject, idToken.Issuer, idToken.Audience)
	if err := it.refresh(ctx, tokens, idToken.Subject); err != nil {
		return err
	}

	// Sign out, and come back; whoever else has the session hears of it behind the browser's back, and so do we.
	ears, err := it.listen()
	if err != nil {
		return err
	}
	defer ears.close()
	home := it.client.PostLogoutRedirectURIs[0]
	farewell := url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {home}, "state": {state}}
	end, err := it.person.open(it.endSession+"?"+farewell.Encode(), home)
	if err != nil {
		return err
	}
	if expected := home + "?state=" + state; end.url.String() != expected {
		return fmt.Errorf("the sign-out ended at %s instead of %s", end.url, expected)
	}
	fmt.Println("signed out", end.url)
	return ears.hear(ctx, session.ID, idToken.Subject)
}
