// Signs the demo's external person in with the Go libraries go-oidc and golang.org/x/oauth2, as any integrator would:
//
//	go run . DIR/demo.json [CLIENT_ID]
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Nothing listens there: the program reads the answer off the address, as the library is given it.
const redirectURI = "http://127.0.0.1:8089/callback"

type registered struct {
	ID                     string   `json:"client_id"`
	Secret                 string   `json:"client_secret"`
	AuthMethod             string   `json:"token_endpoint_auth_method"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris"`
}

type demo struct {
	Issuer  string       `json:"issuer"`
	Clients []registered `json:"clients"`
	People  []struct {
		Case, Identifier, Password string
	} `json:"people"`
}

func main() {
	log.SetFlags(0)
	told, clientID := os.Args[1], ""
	if len(os.Args) > 2 {
		clientID = os.Args[2]
	}
	if err := run(context.Background(), told, clientID); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, told, clientID string) error {
	demo, err := read(told)
	if err != nil {
		return err
	}
	client, err := demo.client(clientID)
	if err != nil {
		return err
	}

	// Discovery: the issuer must be the very one that was asked for.
	provider, err := oidc.NewProvider(ctx, demo.Issuer)
	if err != nil {
		return err
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
		Device     string `json:"device_authorization_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return err
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if client.AuthMethod == "client_secret_post" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	config := oauth2.Config{
		ClientID:     client.ID,
		ClientSecret: client.Secret,
		Endpoint:     endpoint,
		RedirectURL:  redirectURI,
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	fmt.Println("discovered", demo.Issuer, "for", client.ID)

	// Sign in: code, PKCE, state, nonce.
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	address := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	person := newPerson()
	callback, err := demo.signIn(person, address, redirectURI)
	if err != nil {
		return err
	}
	answer := callback.Query()
	if answer.Get("state") != state || answer.Get("iss") != demo.Issuer {
		return fmt.Errorf("the sign-in ended at %s", callback)
	}
	tokens, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return err
	}
	raw, idToken, err := verified(ctx, provider, client.ID, tokens)
	if err != nil {
		return err
	}
	if idToken.Nonce != nonce {
		return fmt.Errorf("the nonce came back as %q", idToken.Nonce)
	}
	fmt.Println("signed in", idToken.Subject, idToken.Issuer, idToken.Audience)

	// Refresh, as the library does once the access token is over, then ask who this is.
	fresh, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: tokens.RefreshToken}).Token()
	if err != nil {
		return err
	}
	if fresh.RefreshToken == tokens.RefreshToken {
		return fmt.Errorf("the refresh token was not rotated")
	}
	fmt.Println("refreshed", fresh.Type(), fresh.Expiry)
	userinfo, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(fresh))
	if err != nil {
		return err
	}
	var profile struct {
		FamilyName string `json:"family_name"`
	}
	if err := userinfo.Claims(&profile); err != nil {
		return err
	}
	if userinfo.Subject != idToken.Subject || profile.FamilyName == "" {
		return fmt.Errorf("userinfo tells %q of %q", profile.FamilyName, userinfo.Subject)
	}
	fmt.Println("userinfo", userinfo.Subject, profile.FamilyName)

	// Sign out, and come back.
	home := client.PostLogoutRedirectURIs[0]
	farewell := url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {home}, "state": {state}}
	end, err := person.open(metadata.EndSession+"?"+farewell.Encode(), home)
	if err != nil {
		return err
	}
	if expected := home + "?state=" + state; end.url.String() != expected {
		return fmt.Errorf("the sign-out ended at %s instead of %s", end.url, expected)
	}
	fmt.Println("signed out", end.url)
	return nil
}

// verified gives the ID token beside the tokens once its signature, issuer, audience, times and at_hash hold.
func verified(ctx context.Context, provider *oidc.Provider, clientID string, tokens *oauth2.Token) (string, *oidc.IDToken, error) {
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return "", nil, fmt.Errorf("there is no ID token")
	}
	idToken, err := provider.Verifier(&oidc.Config{ClientID: clientID}).Verify(ctx, raw)
	if err != nil {
		return "", nil, err
	}
	return raw, idToken, idToken.VerifyAccessToken(tokens.AccessToken)
}

func read(told string) (*demo, error) {
	text, err := os.ReadFile(told)
	if err != nil {
		return nil, err
	}
	var it demo
	return &it, json.Unmarshal(text, &it)
}

func (it *demo) client(id string) (*registered, error) {
	for _, client := range it.Clients {
		isOurs := client.Secret != "" && slices.Contains(client.RedirectURIs, redirectURI)
		if isOurs && (id == "" || client.ID == id) {
			return &client, nil
		}
	}
	return nil, fmt.Errorf("the demo has no client %q that returns to %s", id, redirectURI)
}

// signIn takes the external person from an address to where their sign-in ends.
func (it *demo) signIn(person *person, address, stopAt string) (*url.URL, error) {
	doors, err := person.open(address, stopAt)
	if err != nil {
		return nil, err
	}
	form, err := person.follow(doors, "/sign-in/external")
	if err != nil {
		return nil, err
	}
	for _, sample := range it.People {
		if sample.Case == "external" {
			values := map[string]string{"username": sample.Identifier, "password": sample.Password}
			end, err := person.submit(form, "login-submit", values, stopAt)
			if err != nil {
				return nil, err
			}
			if !strings.HasPrefix(end.url.String(), stopAt) {
				return nil, fmt.Errorf("the sign-in ended at %s", end.url)
			}
			return end.url, nil
		}
	}
	return nil, fmt.Errorf("the demo has no external person")
}
