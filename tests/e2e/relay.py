"""A relay between clients and a server that holds back or cuts a connection."""

import socket
import threading


class Relay:
    """Lets only so many bytes of the first client's through until it is opened; later connections pass freely."""

    def __init__(self, server, allowed):
        host, port = server.address.rsplit(":", 1)
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.pairs = []  # (client, server) of each connection
        self.allowed = allowed
        self.opened = threading.Event()
        self.threads = [threading.Thread(target=self.run)]
        self.threads[0].start()

    def run(self):
        try:
            while True:
                client, _ = self.listener.accept()
                pair = (client, socket.create_connection(self.target))
                self.pairs.append(pair)
                limit = self.allowed if len(self.pairs) == 1 else None
                for ends in ((*pair, limit), (*reversed(pair), None)):
                    self.threads.append(threading.Thread(target=self.copy, args=ends))
                    self.threads[-1].start()
        except OSError:
            pass  # it was closed

    def copy(self, source, target, limit):
        passed = 0
        try:
            while data := source.recv(1 << 16):
                passed += len(data)
                if limit is not None and passed > limit:
                    self.opened.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was cut

    def cut(self):
        """Ends the first connection on both sides."""
        for end in self.pairs[0]:
            end.shutdown(socket.SHUT_RDWR)
        self.opened.set()

    def close(self):
        self.opened.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.threads[0].join()
        for thread in self.threads[1:]:
            thread.join()
        for end in (self.listener, *(end for pair in self.pairs for end in pair)):
            end.close()
