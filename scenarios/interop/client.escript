#!/usr/bin/escript
%% SPDX-License-Identifier: GPL-2.0-only
%% client.escript ADDRESS,... PEER,... PORT COUNT: as client.py, with gen_sctp; to one peer's address with connect, to several with
%% connectx_init.
%%! +S 1:1 +sbwt none +A 1 -noinput
-include_lib("kernel/include/inet_sctp.hrl").
-mode(compile).

main([Addresses, Peers, Port, Count]) ->
    {ok, Socket} = gen_sctp:open([{ip, address(A)} || A <- string:split(Addresses, ",", all)]
                                 ++ [{active, false}, {sctp_nodelay, true}]),
    Assoc = connect(Socket, string:split(Peers, ",", all), list_to_integer(Port)),
    io:format("connected~n"),
    send(Socket, Assoc, erlang:monotonic_time(millisecond), 0, list_to_integer(Count)),
    ok = gen_sctp:eof(Socket, Assoc),
    ok = gen_sctp:close(Socket),
    io:format("sent ~s~n", [Count]).

connect(Socket, [Peer], Port) ->
    {ok, #sctp_assoc_change{state = comm_up} = Assoc} = gen_sctp:connect(Socket, address(Peer), Port, [], 10000),
    Assoc;
connect(Socket, Peers, Port) ->
    {ok, _} = gen_sctp:connectx_init(Socket, [#{family => inet, addr => address(P), port => Port} || P <- Peers], []),
    {ok, {_, _, _, #sctp_assoc_change{state = comm_up} = Assoc}} = gen_sctp:recv(Socket, 10000),
    Assoc.

send(_, _, _, Count, Count) ->
    ok;
send(Socket, Assoc, Start, Number, Count) ->
    timer:sleep(max(0, Start + Number * 100 - erlang:monotonic_time(millisecond))),
    ok = gen_sctp:send(Socket, Assoc, 0, io_lib:format("~8..0b~992c", [Number, $x])),
    send(Socket, Assoc, Start, Number + 1, Count).

address(Text) ->
    {ok, Address} = inet:parse_address(Text),
    Address.
